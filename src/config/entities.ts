/** How a column of a canonical entity is to be read. */
export interface EntityColumn {
  readonly name: string;
  readonly isRequired: boolean;
}

/** A canonical entity: what every source is turned into. */
export interface Entity {
  readonly name: string;
  readonly columns: readonly EntityColumn[];
  /** Columns that together identify a row within one source. */
  readonly key: readonly string[];
}

function entity(name: string, columns: string, key: string): Entity {
  return Object.freeze({
    name,
    columns: columns
      .split(" ")
      .map((column) => Object.freeze({ name: column.replace("!", ""), isRequired: column.endsWith("!") })),
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
