import type { Drop } from "./build.ts";

type Row = Readonly<Record<string, string | number>>;

/** Rows of many small scenarios, gathered so that one build serves a whole test file. */
export interface Scenarios {
  readonly drop: Drop;
  /** Adds one row of an entity. */
  add(entity: string, row: Row): void;
  /** Adds partners by id, each active and of type referral. */
  partners(...ids: string[]): void;
  /**
   * Adds a deal with an account of its own, `<id>-account`. Unless told otherwise it is created on 2026-04-10, won on
   * 2026-06-30 and worth 1,000.00 USD: its window begins on 2026-01-10 (90 days before), claims end on 2026-04-24
   * (14 days after) and evidence on 2026-07-14 (14 days after the close).
   */
  deal(id: string, row?: Row): void;
}

export function scenarios(): Scenarios {
  const tables: Record<string, Row[]> = {};
  const add = (entity: string, row: Row): void => {
    tables[entity] = [...(tables[entity] ?? []), row];
  };
  return {
    drop: tables,
    add,
    partners: (...ids) => {
      for (const id of ids) add("partners", { id, name: `Partner ${id}`, type: "referral" });
    },
    deal: (id, row = {}) => {
      const account = row.account_id ?? `${id}-account`;
      if (!(tables.accounts ?? []).some((known) => known.id === account)) {
        add("accounts", { id: account, name: `Account ${account}` });
      }
      const closed = row.state === "open" ? {} : { closed_on: "2026-06-30" };
      add("deals", {
        id,
        account_id: account,
        name: `Deal ${id}`,
        state: "won",
        created_at: "2026-04-10T09:00:00Z",
        amount: "1000.00",
        currency: "USD",
        ...closed,
        ...row,
      });
    },
  };
}
