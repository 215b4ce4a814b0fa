import type { Company } from "./company/create.ts";
import { openStripe, type StripeAccount, type StripeList, type StripeObject } from "./stripe-records.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What happens in an account between two refreshes. `at` is ISO 8601; an event without a type is not sent. */
export type StripeEdits = {
  /** Adds an object, created at that time. */
  readonly add: (list: StripeList, id: string, fields: Fields, at: string, type?: string) => void;
  /** Sets fields of an object. */
  readonly set: (list: StripeList, id: string, fields: Fields, at: string, type?: string) => void;
  /** The same for many objects at once, each with an event of its own. */
  readonly setAll: (list: StripeList, ids: ReadonlySet<string>, fields: Fields, at: string, type: string) => void;
  /** Deletes a customer, who can still be asked for by id, or a draft invoice, which cannot. */
  readonly remove: (list: "customers" | "invoices", id: string, at: string) => void;
  /** Changes the lines of an invoice, of which it shows only the first ten itself. */
  readonly lines: (invoiceId: string, change: (lines: readonly object[]) => readonly object[], at: string) => void;
  /** Takes the permission to read some resources from the key, "events", and gives it back for all others. */
  readonly restrict: (resources: readonly string[]) => void;
  /** Gives money back on the payment of another refund or dispute. */
  readonly refund: (id: string, like: string, amount: number, at: string) => void;
};

/** An account that can be changed while it is served. */
export type LiveAccount = {
  readonly account: () => StripeAccount;
  readonly version: () => number;
  /** Resources that the key may not read. */
  readonly restricted: () => ReadonlySet<string>;
  readonly edits: StripeEdits;
};

const seconds = (at: string): number => Math.floor(Date.parse(at) / 1000);

/** Opens a company's account, the first time that it is asked for. */
export function openLiveAccount(company: Company): LiveAccount {
  let current: StripeAccount | undefined;
  let version = 0;
  let events = 0;
  let restricted: ReadonlySet<string> = new Set();
  const account = (): StripeAccount => {
    current ??= openStripe(company);
    return current;
  };
  const find = (list: StripeList, id: string): StripeObject => {
    const object = account().lists[list].find((one) => one.id === id);
    if (object === undefined) throw new Error(`the account has no ${list} ${id}`);
    return object;
  };
  const update = (list: StripeList, objects: readonly StripeObject[], more: Partial<StripeAccount> = {}): void => {
    const sorted = objects.toSorted((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
    current = { ...account(), ...more, lists: { ...account().lists, [list]: sorted } };
    version += 1;
  };
  const eventOf = (type: string, at: string, object: StripeObject): StripeObject => {
    events += 1;
    // An event shows the object in the shape of the account's own version, so a reader must fetch it again.
    const { id, object: kind, invoice } = object;
    return {
      id: `evt_9Q${String(events).padStart(8, "0")}`,
      object: "event",
      api_version: "2020-08-27",
      created: seconds(at),
      data: { object: { id, object: kind, ...(invoice === undefined ? {} : { invoice }) } },
      livemode: true,
      pending_webhooks: 0,
      request: { id: null, idempotency_key: null },
      type,
    };
  };
  const happen = (type: string | undefined, at: string, ...objects: readonly StripeObject[]): void => {
    if (type === undefined) return;
    update("events", [...objects.map((object) => eventOf(type, at, object)), ...account().lists.events]);
  };
  const put = (list: StripeList, object: StripeObject, at: string, type: string | undefined): void => {
    update(list, [...account().lists[list].filter((one) => one.id !== object.id), object]);
    happen(type, at, object);
  };

  const edits: StripeEdits = {
    add: (list, id, fields, at, type) => put(list, { id, created: seconds(at), ...fields }, at, type),
    set: (list, id, fields, at, type) => put(list, { ...find(list, id), ...fields }, at, type),
    setAll(list, ids, fields, at, type) {
      const objects = account().lists[list].map((one) => (ids.has(one.id) ? { ...one, ...fields } : one));
      update(list, objects);
      happen(type, at, ...objects.filter((one) => ids.has(one.id)));
    },
    remove(list, id, at) {
      const object = find(list, id);
      update(
        list,
        account().lists[list].filter((one) => one.id !== id),
        list === "customers" ? { deletedCustomers: new Set([...account().deletedCustomers, id]) } : {},
      );
      happen(list === "customers" ? "customer.deleted" : "invoice.deleted", at, object);
    },
    lines(invoiceId, change, at) {
      const { linesOf } = account();
      const lines = change(linesOf(invoiceId));
      const invoice = find("invoices", invoiceId);
      update("invoices", account().lists.invoices, { linesOf: (id) => (id === invoiceId ? lines : linesOf(id)) });
      happen("invoice.updated", at, invoice);
    },
    restrict(resources) {
      restricted = new Set(resources);
    },
    refund(id, like, amount, at) {
      const { charge, payment_intent, currency } = [...account().lists.refunds, ...account().lists.disputes].find(
        (one) => one.id === like,
      ) ?? { charge: null, payment_intent: null, currency: "usd" };
      const fields = { object: "refund", amount, charge, payment_intent, currency, metadata: {}, status: "succeeded" };
      put("refunds", { id, created: seconds(at), ...fields }, at, "refund.created");
    },
  };
  return Object.freeze({ account, version: () => version, restricted: () => restricted, edits: Object.freeze(edits) });
}
