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
  /** The day whose rate was asked for: of the close, the payment, the refund, or the as-of date. */
  readonly day: CalendarDate;
  /** How many days before that day a quote may be. */
  readonly maxAgeDays: Whole;
  /** The last quote of the pair itself by that day, in either direction; null when there is none. */
  readonly ownQuoteOn: CalendarDate | null;
}

/** A rate that is missing (R24): no quote of the pair, in either direction or through a third currency. */
export interface FxGap {
  readonly from: string;
  readonly to: string;
  /** The day whose rate was asked for. */
  readonly day: CalendarDate;
  /** How many days before that day a quote may be. */
  readonly maxAgeDays: Whole;
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
  /** How many certifications the partner has on record, active that day or not. */
  readonly certificationsOnRecord: Whole;
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
  /** Who fell out at it and why, as a clause; null where nobody did. */
  readonly story: string | null;
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
  /** What was found: `counts`, `kind`, `no_date`, `not_accepted`, `not_approved`, `before_window`, `after_close`, `recorded_late`, `decided_late` or `removed`. */
  readonly verdict: string;
  /** An override keeps every partner out, so nothing counts. */
  readonly isSetAside: boolean;
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
  /** The table the touch came in; `claim` for the source's own claim that is no touch. */
  readonly table: string;
  readonly key: string;
  readonly kind: string;
  readonly at: Date;
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
  /** How the parts became whole minor units; null where nothing was cut off. */
  readonly rounding: string | null;
}

/** One partner's part of money collected, under one credit model. */
export interface CashCredit {
  readonly model: string;
  readonly partner: Named;
  readonly amount: Money;
  /** Why this part has one minor unit more than its share cut down to whole units; null when it has not. */
  readonly oddUnit: string | null;
  /** How the parts of this model became whole minor units; null where nothing was cut off. */
  readonly rounding: string | null;
}

/** One payment, refund or lost dispute. */
export interface Cash {
  readonly key: string;
  readonly kind: string;
  readonly paymentKey: string;
  readonly invoiceKey: string;
  /** The whole invoice and its tax: of a payment the same part is tax. */
  readonly invoiceTotal: Money;
  readonly invoiceTax: Money;
  readonly occurredOn: CalendarDate;
  /** The fiscal quarter in which it counts: `2026-Q3`, with its first and last day. */
  readonly quarter: string;
  readonly quarterSpan: { readonly startsOn: CalendarDate; readonly endsOn: CalendarDate };
  readonly amount: Money;
  readonly collected: Money;
  /** Null without an exchange rate. */
  readonly collectedReporting: Money | null;
  readonly fxRate: Decimal | null;
  readonly fxOn: CalendarDate | null;
  /** How the rate was found; null without one. */
  readonly fx: Fx | null;
  /** The rate that is missing; null where it was converted. */
  readonly fxGap: FxGap | null;
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
  /** `payment`, `refund` or `dispute`; null for a payout. */
  readonly cashKind: string | null;
  readonly dealKey: string | null;
  readonly dealName: string | null;
  readonly amount: Money;
  /** What of the payment or refund was collected, which a rate applies to; null for a payout. */
  readonly collected: Money | null;
  readonly rate: Decimal | null;
  readonly plan: string | null;
  readonly entryOn: CalendarDate;
  readonly payableOn: CalendarDate;
  readonly reason: string;
}

/** An override in force (R15, R41). */
export interface OverrideInForce {
  /** `source`, `direct`, `influence`, or `nothing`. */
  readonly effect: string;
  readonly partner: Named | null;
  readonly approver: string;
  readonly reason: string;
  readonly decidedOn: CalendarDate;
}

/** An invoice of a deal on which no payment is on record. */
export interface UnpaidInvoice {
  readonly key: string;
  readonly number: string | null;
  readonly status: string | null;
  readonly issuedOn: CalendarDate;
  readonly total: Money;
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
    /** The rate that is missing for the amount; null where there is none to miss. */
    readonly fxGap: FxGap | null;
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
    /** How long a registration protects that names no end of its own. */
    readonly protectionDays: Whole;
    /** The kinds of touch that count; null for every kind but login, content view and download. */
    readonly qualifyingKinds: readonly string[] | null;
  } | null;
  readonly override: OverrideInForce | null;
  readonly rules: readonly Rule[];
  readonly conflict: Conflict | null;
  readonly evidence: readonly Evidence[];
  /** Empty where one partner alone needs no path. */
  readonly path: readonly PathStep[];
  /** What the configuration says to the models: days in which a touch loses half its weight, percent of the source. */
  readonly creditRules: CreditRules;
  readonly credit: readonly ModelCredit[];
  readonly cash: readonly Cash[];
  /** What came in less what went back, before tax, in the reporting currency; null when a rate is missing. */
  readonly collected: Money | null;
  readonly unpaidInvoices: readonly UnpaidInvoice[];
  readonly commission: {
    readonly plan: {
      readonly name: string;
      readonly rate: Decimal | null;
      readonly fixed: Money | null;
      /** The tier whose rate it is; null for the plain rate or a fixed sum. */
      readonly tier: string | null;
      readonly paidUntilOn: CalendarDate | null;
      /** For how many months after the close it pays; null without an end. */
      readonly months: Whole | null;
      readonly holdDays: Whole;
    } | null;
    /** Every plan in the order of the configuration, held against the deal until one matched. */
    readonly plans: readonly {
      readonly name: string;
      readonly result: "matches" | "does not match" | "not needed";
      /** Its conditions against the deal: those it meets where it matches, those it misses where it does not. */
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
  readonly deal:
    | (Named & {
        readonly class: string | null;
        readonly source: Named | null;
        /** The account the deal belongs to, which need not be the customer's. */
        readonly account: Named | null;
        /** Partners that influenced it. */
        readonly influencedBy: readonly Named[];
      })
    | null;
  readonly namedDealKey: string | null;
  readonly dealReason: string;
  readonly dealLink: string;
  readonly cash: readonly Cash[];
  /** What came in less what went back, before tax, in the reporting currency; null when a rate is missing. */
  readonly collected: Money | null;
  /** The same by credit model and partner. */
  readonly credit: readonly CashCredit[];
  readonly commission: readonly CommissionLine[];
  /** Why it earns what it earns, or nothing. */
  readonly commissionNote: string;
}

/** One deal of a partner. */
export interface PartnerDeal {
  readonly deal: Named;
  readonly account: string | null;
  readonly state: string;
  readonly rule: string | null;
  readonly touches: Whole;
  /** The amount in its own currency. */
  readonly ownAmount: Money | null;
  readonly amount: Money | null;
  /** Why the partner earned no commission on a deal it sourced and won; null where it earned some. */
  readonly withoutCommission: string | null;
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
    readonly dealName: string | null;
    readonly reference: string | null;
    /** The stage entered; null for other events. */
    readonly stage: string | null;
    /** Whether the partner is the source of the deal; null for events without a deal. */
    readonly isSource: boolean | null;
    /** Why a touch earns no credit; null for one that counts, and for other events. */
    readonly withoutCredit: string | null;
  }[];
  /** How many commercial events there are in all. */
  readonly events: Whole;
  readonly sourced: readonly PartnerDeal[];
  readonly influenced: readonly PartnerDeal[];
  readonly registrations: readonly {
    readonly key: string;
    readonly dealKey: string | null;
    readonly dealName: string | null;
    /** As what the deal is left out of every number; null when it counts. */
    readonly dealExcludedAs: string | null;
    readonly accountKey: string | null;
    readonly accountName: string | null;
    /** Who sourced the deal, and the conflict step that settled it. */
    readonly dealSource: Named | null;
    readonly dealSettledBy: string | null;
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
    /** What of it becomes payable on which day. */
    readonly heldUntil: readonly { readonly on: CalendarDate; readonly amount: Money }[];
    readonly lines: readonly CommissionLine[];
    /** Payments of its won deals that earned nothing so far, and why. */
    readonly without: readonly string[];
  };
}

/** An explanation of any kind. */
export type Explanation = DealExplanation | InvoiceExplanation | PartnerExplanation;
