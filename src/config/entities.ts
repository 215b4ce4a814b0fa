/** What a column holds: `choice` has fixed values (R07), `ratio` is a number from 0 to 1, `percent` one from 0 to 100. */
export type ColumnKind = "text" | "choice" | "flag" | "date" | "moment" | "number" | "ratio" | "percent" | "currency";

/** How a column of a canonical entity is to be read. */
export interface EntityColumn {
  readonly name: string;
  readonly isRequired: boolean;
  readonly kind: ColumnKind;
  /** The values of a `choice`; of every other kind none. */
  readonly values: readonly string[];
}

/** A canonical entity: what every source is turned into. */
export interface Entity {
  readonly name: string;
  readonly columns: readonly EntityColumn[];
  /** Columns that together identify a row within one source. */
  readonly key: readonly string[];
}

// The columns that fix their values (R07); every other list of words is open.
const choices: Readonly<Record<string, readonly string[]>> = Object.freeze({
  "partners.status": ["active", "inactive", "prospect", "ended"],
  "pipeline_stages.state": ["open", "won", "lost"],
  "deals.state": ["open", "won", "lost"],
  "deals.order_type": ["new", "expansion", "renewal"],
  "deals.partner_role": ["sourced", "influenced"],
  "deals.excluded_as": ["duplicate", "unqualified", "self_serve"],
  "registrations.status": ["submitted", "approved", "rejected", "withdrawn"],
  "overlaps.kind": ["customer", "prospect"],
  "refunds.kind": ["refund", "dispute"],
  "targets.slice": ["program", "partner", "type", "tier", "region", "manager"],
  "overrides.decision": ["sourced", "influenced", "none"],
});

const numbers: ReadonlySet<string> = new Set(["amount", "total", "tax", "recurring_amount", "rate", "position"]);

/** A column's name tells its kind, the few choices and numbers aside. */
function kindOf(entityName: string, column: string): ColumnKind {
  if (choices[`${entityName}.${column}`] !== undefined) return "choice";
  if (numbers.has(column)) return "number";
  if (column === "probability") return "ratio";
  if (column === "share") return "percent";
  if (column === "on" || column.endsWith("_on")) return "date";
  if (column.endsWith("_at")) return "moment";
  if (column.startsWith("is_")) return "flag";
  return column.endsWith("currency") ? "currency" : "text";
}

function entity(name: string, columns: string, key: string): Entity {
  return Object.freeze({
    name,
    columns: columns.split(" ").map((word) => {
      const column = word.replace("!", "");
      const values = Object.freeze(choices[`${name}.${column}`] ?? []);
      return Object.freeze({ name: column, isRequired: word.endsWith("!"), kind: kindOf(name, column), values });
    }),
    key: Object.freeze(key.split(" ")),
  });
}

/** The canonical entities in the order they depend on each other; `!` marks a required column. */
export const entities: readonly Entity[] = Object.freeze([
  entity("partners", "id! name! type tier region manager status agreed_on ended_on domain parent_id same_as", "id"),
  entity("accounts", "id! name! domain region segment country created_at customer_ids same_as merged_into_id", "id"),
  entity("pipeline_stages", "pipeline! stage! position probability state! is_qualified", "pipeline stage"),
  entity(
    "deals",
    "id! account_id name pipeline stage state! order_type amount currency probability created_at! closed_on expected_close_on owner next_step lost_reason partner_id partner_role partner_declared_at excluded_as merged_into_id",
    "id",
  ),
  entity("deal_stages", "deal_id! stage! entered_at!", "deal_id stage entered_at"),
  entity("deal_partners", "deal_id! partner_id! role share recorded_at removed_at", "deal_id partner_id role"),
  entity(
    "registrations",
    "id! partner_id! deal_id account_id submitted_at! decided_at status! protection_ends_on approver amount currency",
    "id",
  ),
  entity("leads", "id! partner_id! account_id deal_id received_at! responded_at accepted_at rejected_at", "id"),
  entity("touches", "id! partner_id! deal_id account_id kind! occurred_at! recorded_at removed_at evidence", "id"),
  entity("certifications", "id! partner_id! person kind level earned_on! expires_on", "id"),
  entity("activities", "id! partner_id! kind! occurred_at!", "id"),
  entity("overlaps", "partner_id! account_id! kind! identified_on!", "partner_id account_id kind"),
  entity("customers", "id! name email domain account_id created_at", "id"),
  entity(
    "invoices",
    "id! customer_id! number status issued_at! currency! total! tax deal_id subscription_id recurring_amount period_starts_on period_ends_on",
    "id",
  ),
  entity("payments", "id! invoice_id! paid_at! amount! currency! is_out_of_band", "id"),
  entity("refunds", "id! payment_id! refunded_at! amount! currency! kind reason", "id"),
  entity("fx_rates", "on! from_currency! to_currency! rate!", "on from_currency to_currency"),
  entity("targets", "slice! slice_key metric! period! amount! currency", "slice slice_key metric period"),
  entity("payouts", "id! partner_id! paid_at! amount! currency! reference", "id"),
  entity("overrides", "deal_id! partner_id decision! reason! approver! decided_at!", "deal_id decided_at"),
  entity("annotations", "on! text! scope author", "on text"),
]);

/** The entity of a name. Throws for a name that is none: the configuration was checked before. */
export function entityOf(name: string): Entity {
  const found = entities.find((known) => known.name === name);
  if (found === undefined) throw new Error(`there is no entity ${name}`);
  return found;
}
