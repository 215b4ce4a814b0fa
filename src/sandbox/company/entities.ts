/** Columns of every canonical entity, in the order in which files show them. */
export const canonicalEntities = {
  partners: [
    "id",
    "name",
    "type",
    "tier",
    "region",
    "manager",
    "status",
    "agreed_on",
    "ended_on",
    "domain",
    "parent_id",
    "same_as",
  ],
  accounts: [
    "id",
    "name",
    "domain",
    "region",
    "segment",
    "country",
    "created_at",
    "customer_ids",
    "same_as",
    "merged_into_id",
  ],
  pipeline_stages: ["pipeline", "stage", "position", "probability", "state", "is_qualified"],
  deals: [
    "id",
    "account_id",
    "name",
    "pipeline",
    "stage",
    "state",
    "order_type",
    "amount",
    "currency",
    "probability",
    "created_at",
    "closed_on",
    "expected_close_on",
    "owner",
    "next_step",
    "lost_reason",
    "partner_id",
    "partner_role",
    "partner_declared_at",
    "excluded_as",
    "merged_into_id",
  ],
  deal_stages: ["deal_id", "stage", "entered_at"],
  deal_partners: ["deal_id", "partner_id", "role", "share", "recorded_at", "removed_at"],
  registrations: [
    "id",
    "partner_id",
    "deal_id",
    "account_id",
    "submitted_at",
    "decided_at",
    "status",
    "protection_ends_on",
    "approver",
    "amount",
    "currency",
  ],
  leads: ["id", "partner_id", "account_id", "deal_id", "received_at", "responded_at", "accepted_at", "rejected_at"],
  touches: [
    "id",
    "partner_id",
    "deal_id",
    "account_id",
    "kind",
    "occurred_at",
    "recorded_at",
    "removed_at",
    "evidence",
  ],
  certifications: ["id", "partner_id", "person", "kind", "level", "earned_on", "expires_on"],
  activities: ["id", "partner_id", "kind", "occurred_at"],
  overlaps: ["partner_id", "account_id", "kind", "identified_on"],
  customers: ["id", "name", "email", "domain", "account_id", "created_at"],
  invoices: [
    "id",
    "customer_id",
    "number",
    "status",
    "issued_at",
    "currency",
    "total",
    "tax",
    "deal_id",
    "subscription_id",
    "recurring_amount",
    "period_starts_on",
    "period_ends_on",
  ],
  payments: ["id", "invoice_id", "paid_at", "amount", "currency", "is_out_of_band"],
  refunds: ["id", "payment_id", "refunded_at", "amount", "currency", "kind", "reason"],
  fx_rates: ["on", "from_currency", "to_currency", "rate"],
  targets: ["slice", "slice_key", "metric", "period", "amount", "currency"],
  payouts: ["id", "partner_id", "paid_at", "amount", "currency", "reference"],
  overrides: ["deal_id", "partner_id", "decision", "reason", "approver", "decided_at"],
  annotations: ["on", "text", "scope", "author"],
} as const satisfies Record<string, readonly string[]>;

/** The name of a canonical entity. */
export type Entity = keyof typeof canonicalEntities;

/** One row of an entity as a file holds it: every column is text, and empty text is null. */
export type Row<Name extends Entity> = Readonly<Record<(typeof canonicalEntities)[Name][number], string>>;

/** The four sources of the synthetic company, in config order. */
export const sourceNames = ["hubspot", "salesforce", "stripe", "drop"] as const;

/** The name of a source of the synthetic company. */
export type SourceName = (typeof sourceNames)[number];

/** All rows of one source, by entity. */
export type SourceRows = { readonly [Name in Entity]: Row<Name>[] };

/** A source without any rows. */
export function emptyRows(): SourceRows {
  const rows: Partial<Record<Entity, Row<Entity>[]>> = {};
  for (const name of Object.keys(canonicalEntities) as Entity[]) rows[name] = [];
  return rows as SourceRows;
}

/** A row of an entity from the columns that have a value; the others are empty. */
export function rowOf<Name extends Entity>(entity: Name, cells: Partial<Row<Name>>): Row<Name> {
  const row: Record<string, string> = {};
  const given = cells as Readonly<Record<string, string | undefined>>;
  for (const column of canonicalEntities[entity]) row[column] = given[column] ?? "";
  return row as Row<Name>;
}
