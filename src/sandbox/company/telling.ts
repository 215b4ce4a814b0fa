import type { Row, SourceName, SourceRows } from "./entities.ts";
import type { Matchmaker, Partner } from "./roster.ts";
import type { Staff } from "./world.ts";

/** What does not change while the stories of a company are told. */
export type World = {
  readonly seed: number;
  readonly staff: Staff;
  readonly partners: Matchmaker;
  /** Room for so many accounts in a month when names are given out. */
  readonly monthlyRoom: number;
  /** Nothing that would begin at or after this instant is planned. */
  readonly horizon: number;
};

/** A won deal, also one that lies in the future: what targets are set from. */
export type Win = { readonly on: string; readonly dollars: number; readonly source: Partner | undefined };

/** Commission that a payment earned, or a refund took back, in rough dollars. */
export type Earning = { readonly partner: Partner; readonly payableAt: number; readonly dollars: number };

/** Stripe objects that no canonical row shows: they must not count. */
export type Aside = {
  readonly kind: "failed_refund" | "pending_refund" | "won_dispute" | "open_dispute";
  readonly id: string;
  readonly paymentId: string;
  readonly at: number;
  readonly amountMinor: number;
  readonly currency: string;
};

/** Where stories are told to. Instants are epoch milliseconds. */
export type Telling = {
  readonly world: World;
  readonly now: number;
  readonly rows: Readonly<Record<SourceName, SourceRows>>;
  /** Deals that were archived or deleted: upstream shows them apart, the canonical rows not at all. */
  readonly archived: { readonly hubspot: Row<"deals">[]; readonly salesforce: Row<"deals">[] };
  /** Ids of deals whose source left a claim that holds, as far as this story can tell. */
  readonly proven: Set<string>;
  readonly wins: Win[];
  readonly earnings: Earning[];
  readonly asides: Aside[];
};

/** Whether it is the turn of a mishap: every `every`th account has it, in every company. */
export function isTurn(
  account: { readonly month: number; readonly index: number },
  every: number,
  offset: number,
): boolean {
  return (account.month * 31 + account.index) % every === offset;
}
