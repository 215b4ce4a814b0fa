/** The entities Stripe gives, whose mapping may be changed. */
export const given: readonly string[] = Object.freeze(["customers", "invoices", "payments", "refunds"]);
