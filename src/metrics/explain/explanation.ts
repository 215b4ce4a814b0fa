import type { CalendarDate, Decimal, Whole } from "../../models/marts.generated.ts";

/** What can be explained. */
export const explainKinds = ["deal", "partner", "invoice"] as const;
export type ExplainKind = (typeof explainKinds)[number];

/** An amount in minor units of its currency. */
export interface Money {
  readonly minor: Whole;
  readonly currency: string;
}

/** A row with the name people know it by. */
export interface Named {
  readonly key: string;
  readonly name: string | null;
}

/** What every explanation begins with. */
interface Head {
  /** The key in the warehouse; a merged record's is its survivor's. */
  readonly key: string;
  /** The answer as one sentence. */
  readonly verdict: string;
  readonly asOf: CalendarDate;
  readonly timezone: string;
  /** What the checks list about this very row. */
  readonly issues: readonly Issue[];
}

/** A finding of the checks. */
export interface Issue {
  readonly check: string;
  readonly severity: string;
  readonly message: string;
  readonly fix: string | null;
}

/** Where a record stands at its source. */
export interface Place {
  readonly source: string;
  /** The kind of the source: `files`, `hubspot`, … */
  readonly kind: string;
  /** The entity it came in as: `touches`, `deal_partners`, … */
  readonly entity: string;
  /** Its id at the source. */
  readonly id: string;
  /** Of a file drop, as it was last read; null for a vendor's record. */
  readonly file: string | null;
  readonly line: Whole | null;
}

/** One quote that a rate is made of. */
export interface FxLeg {
  readonly from: string;
  readonly to: string;
  readonly on: CalendarDate;
  /** `direct`: quoted from → to; `inverse`: quoted to → from and read backwards. */
  readonly path: string;
  /** The quote as the source has it. */
  readonly quoted: { readonly from: string; readonly to: string; readonly rate: Decimal | null };
  readonly recordedIn: Place | null;
}

/** How an amount was converted (R24): `same`, `direct`, `inverse`, or `cross` with two legs. */
export interface Fx {
  readonly rate: Decimal;
  /** The day of the rate; of a cross that of its older leg. */
  readonly on: CalendarDate;
  readonly path: string;
  readonly legs: readonly FxLeg[];
}

/** One claim to have brought a deal, and what its rule made of it. */
export interface Claim {
  readonly table: string;
  readonly key: string;
  readonly partner: Named | null;
  readonly claimedAt: Date | null;
  readonly isAccepted: boolean;
  readonly reason: string;
  readonly recordedIn: Place | null;
}

/** One source rule in its order; a rule after the deciding one is not tried. */
export interface Rule {
  readonly rule: string;
  readonly isTried: boolean;
  readonly outcome: string | null;
  readonly claimants: Whole;
  readonly reason: string | null;
  readonly claims: readonly Claim[];
}

/** One partner that the deciding rule left, with what the conflict steps look at. */
export interface Claimant {
  readonly partner: Named;
  readonly isSource: boolean;
  readonly claims: Whole;
  readonly firstDecidedAt: Date | null;
  readonly firstClaimedAt: Date | null;
  /** Certifications active on the day the deal was created. */
  readonly certifications: readonly {
    readonly key: string;
    readonly words: string;
    readonly recordedIn: Place | null;
  }[];
}

/** One step in which claimants were told apart. */
export interface ConflictStep {
  readonly step: string;
  /** `settled`: one is left; `narrowed`: some fell out; `left all`: it told nobody apart; `not needed`: one was left before. */
  readonly result: "settled" | "narrowed" | "left all" | "not needed";
  /** Who is left after it; nobody where it was not needed. */
  readonly left: readonly Named[];
  /** What it looked at and saw; null where it was not needed. */
  readonly found: string | null;
}

/** How several claimants became one. */
export interface Conflict {
  readonly settledBy: string;
  readonly steps: readonly ConflictStep[];
  readonly claimants: readonly Claimant[];
}

/** One piece of evidence of a deal. */
export interface Evidence {
  readonly table: string;
  readonly key: string;
  /** The configured source the row came from; null for a row of no source's own. */
  readonly source: string | null;
  readonly partner: Named;
  readonly kind: string;
  readonly occurredAt: Date | null;
  readonly recordedAt: Date | null;
  readonly removedAt: Date | null;
  readonly counts: boolean;
  readonly reason: string;
  readonly recordedIn: Place | null;
}

/** One partner's part under one credit model. */
export interface CreditPart {
  readonly partner: Named;
  readonly weight: Whole;
  readonly totalWeight: Whole;
  readonly share: Decimal;
  /** Null unless the deal is won and has an amount in the reporting currency. */
  readonly amount: Money | null;
  /** Why this part has one minor unit more than its share cut down to whole units; null when it has not. */
  readonly oddUnit: string | null;
  readonly reason: string;
}

/** One touch on the way of a deal with several partners, in the order of the models that look at touches. */
export interface PathStep {
  readonly partner: Named;
  readonly kind: string;
  readonly on: CalendarDate;
  readonly daysBeforeClose: Whole;
}

/** The settings of the credit models. */
export interface CreditRules {
  readonly halfLifeDays: number;
  readonly sourceWeight: Decimal;
}

/** A deal's shares under one credit model. */
export interface ModelCredit {
  readonly model: string;
  readonly parts: readonly CreditPart[];
}

/** One partner's part of money collected, under one credit model. */
export interface CashCredit {
  readonly model: string;
  readonly partner: Named;
  readonly amount: Money;
  /** Why this part has one minor unit more than its share cut down to whole units; null when it has not. */
  readonly oddUnit: string | null;
}

/** One payment, refund or lost dispute. */
export interface Cash {
  readonly key: string;
  readonly kind: string;
  readonly paymentKey: string;
  readonly invoiceKey: string;
  readonly occurredOn: CalendarDate;
  readonly amount: Money;
  readonly collected: Money;
  /** Null without an exchange rate. */
  readonly collectedReporting: Money | null;
  readonly fxRate: Decimal | null;
  readonly fxOn: CalendarDate | null;
  /** How the rate was found; null without one. */
  readonly fx: Fx | null;
  readonly linkReason: string;
  readonly link: string;
  readonly credit: readonly CashCredit[];
}

/** One line of the commission ledger. */
export interface CommissionLine {
  readonly key: string;
  readonly kind: string;
  readonly partner: Named;
  readonly cashKey: string | null;
  readonly dealKey: string | null;
  readonly amount: Money;
  /** What of the payment or refund was collected, which a rate applies to; null for a payout. */
  readonly collected: Money | null;
  readonly rate: Decimal | null;
  readonly plan: string | null;
  readonly entryOn: CalendarDate;
  readonly payableOn: CalendarDate;
  readonly reason: string;
}

/** Why a deal has the source and the shares it has, with all that stands behind them. */
export interface DealExplanation extends Head {
  readonly kind: "deal";
  readonly deal: {
    readonly name: string | null;
    readonly source: string;
    readonly account: Named | null;
    readonly state: string;
    readonly orderType: string;
    readonly pipeline: string | null;
    readonly stage: string | null;
    readonly owner: string | null;
    readonly createdOn: CalendarDate;
    readonly closedOn: CalendarDate | null;
    readonly expectedCloseOn: CalendarDate | null;
    /** Why the deal is left out of everything; null for a counted deal. */
    readonly excludedAs: string | null;
    readonly amount: Money | null;
    readonly amountReporting: Money | null;
    /** Null without a rate. */
    readonly fx: Fx | null;
    readonly recordedIn: Place | null;
  };
  readonly class: string | null;
  readonly source: Named | null;
  readonly rule: string | null;
  readonly isConflict: boolean;
  readonly partners: readonly { readonly partner: Named; readonly isSource: boolean; readonly touches: Whole }[];
  /** The days that decide which evidence may count; null for a deal left out. */
  readonly days: {
    readonly windowStartsOn: CalendarDate;
    readonly lookbackDays: Whole;
    readonly claimDays: Whole;
    readonly lateDays: Whole;
    readonly claimsEndOn: CalendarDate;
    readonly judgedOn: CalendarDate;
    readonly lateAfterOn: CalendarDate | null;
    readonly evidenceOn: CalendarDate;
  } | null;
  readonly rules: readonly Rule[];
  readonly conflict: Conflict | null;
  readonly evidence: readonly Evidence[];
  /** Empty where one partner alone needs no path. */
  readonly path: readonly PathStep[];
  /** What the configuration says to the models: days in which a touch loses half its weight, percent of the source. */
  readonly creditRules: CreditRules;
  readonly credit: readonly ModelCredit[];
  readonly cash: readonly Cash[];
  readonly commission: {
    readonly plan: {
      readonly name: string;
      readonly rate: Decimal | null;
      readonly fixed: Money | null;
      /** The tier whose rate it is; null for the plain rate or a fixed sum. */
      readonly tier: string | null;
      readonly paidUntilOn: CalendarDate | null;
      readonly holdDays: Whole;
    } | null;
    /** Every plan in the order of the configuration, held against the deal until one matched. */
    readonly plans: readonly {
      readonly name: string;
      readonly result: "matches" | "does not match" | "not needed";
      readonly reason: string | null;
    }[];
    readonly note: string;
    readonly lines: readonly CommissionLine[];
    /** Payments that earn nothing, and why. */
    readonly without: readonly string[];
  };
}

/** Where the money of an invoice went and why. */
export interface InvoiceExplanation extends Head {
  readonly kind: "invoice";
  readonly invoice: {
    readonly number: string | null;
    readonly status: string | null;
    readonly issuedOn: CalendarDate;
    readonly recordedIn: Place | null;
    readonly total: Money;
    readonly tax: Money;
    /** What is left of the total without tax; payments and refunds count in this proportion. */
    readonly beforeTax: Money;
  };
  readonly customer: Named;
  readonly account: Named | null;
  readonly accountReason: string;
  readonly accountLink: string;
  readonly deal: (Named & { readonly class: string | null; readonly source: Named | null }) | null;
  readonly namedDealKey: string | null;
  readonly dealReason: string;
  readonly dealLink: string;
  readonly cash: readonly Cash[];
  /** What came in less what went back, before tax, in the reporting currency; null when a rate is missing. */
  readonly collected: Money | null;
  /** The same by credit model and partner. */
  readonly credit: readonly CashCredit[];
  readonly commission: readonly CommissionLine[];
}

/** One deal of a partner. */
export interface PartnerDeal {
  readonly deal: Named;
  readonly account: string | null;
  readonly state: string;
  readonly rule: string | null;
  readonly touches: Whole;
  readonly amount: Money | null;
  readonly createdOn: CalendarDate;
  readonly closedOn: CalendarDate | null;
}

/** What a partner did, brought and is owed. */
export interface PartnerExplanation extends Head {
  readonly kind: "partner";
  readonly partner: {
    readonly name: string;
    readonly type: string;
    readonly tier: string | null;
    readonly region: string | null;
    readonly manager: string | null;
    readonly domain: string | null;
    readonly agreedOn: CalendarDate | null;
    readonly endedOn: CalendarDate | null;
    readonly isProspect: boolean;
    readonly isCounted: boolean;
  };
  /** The records of the sources that are this partner, its own first. */
  readonly records: readonly { readonly key: string; readonly recordedIn: Place | null }[];
  readonly certifications: readonly {
    readonly key: string;
    readonly words: string;
    readonly isActive: boolean;
    readonly recordedIn: Place | null;
  }[];
  readonly state: string;
  readonly activation: { readonly on: CalendarDate; readonly event: string } | null;
  /** What would activate a partner of this type. */
  readonly activatedBy: readonly string[];
  readonly lastEvents: readonly {
    readonly on: CalendarDate;
    readonly kind: string;
    readonly dealKey: string | null;
    readonly reference: string | null;
  }[];
  readonly sourced: readonly PartnerDeal[];
  readonly influenced: readonly PartnerDeal[];
  readonly registrations: readonly {
    readonly key: string;
    readonly dealKey: string | null;
    readonly accountKey: string | null;
    readonly status: string;
    readonly submittedOn: CalendarDate;
    readonly decidedOn: CalendarDate | null;
    readonly protectionStartsOn: CalendarDate | null;
    readonly protectionEndsOn: CalendarDate | null;
    readonly outcome: string | null;
    readonly isConflict: boolean;
    readonly recordedIn: Place | null;
  }[];
  /** Sums of the commission ledger; earned + reversed − paid = owed + held, reversed being negative. */
  readonly commission: {
    readonly earned: Money;
    readonly reversed: Money;
    readonly paid: Money;
    readonly owed: Money;
    readonly held: Money;
    readonly lines: readonly CommissionLine[];
  };
}

/** An explanation of any kind. */
export type Explanation = DealExplanation | InvoiceExplanation | PartnerExplanation;
