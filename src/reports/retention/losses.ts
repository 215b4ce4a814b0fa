import { formatCount } from "../../metrics/format.ts";
import { shiftPeriod } from "../../metrics/periods.ts";
import { headed, type PageContext, type View } from "../context.ts";
import { section } from "../figure.ts";
import { html, type Markup } from "../html.ts";
import { partnerLink, partnerName, scopeOf } from "../links.ts";
import { major } from "../settings.ts";
import { table } from "../table.ts";
import { counted } from "../words.ts";
import { type Kind, kindOf, kinds } from "./customers.ts";
import { firstDay, monthLabel, monthOf } from "./months.ts";

const kindWords: Readonly<Record<Kind, string>> = Object.freeze({
  sourced: "sourced",
  influenced: "influenced only",
  direct: "direct",
  "no won deal": "none: no won deal",
  "no account": "none: account not known",
});

interface Loss {
  readonly customerKey: string;
  /** The account, else what the billing system calls the customer. */
  readonly name: string | null;
  readonly kind: Kind;
  readonly partnerKey: string | null;
  readonly was: number;
  readonly now: number;
}

// Less than half a unit is what spreading a sum over days leaves, and would stand there as 0.
const leastLoss = 0.5;

/** Customers that pay less in the last settled month than a year before, or nothing. */
export async function readLosses(context: PageContext): Promise<readonly Loss[]> {
  const { settings, db } = context;
  const month = monthOf(settings, context.period);
  const rows = await db
    .selectFrom("marts.fct_recurring as earlier")
    .leftJoin("marts.fct_recurring as later", (join) =>
      join.onRef("later.customer_key", "=", "earlier.customer_key").on("later.month_on", "=", firstDay(month)),
    )
    .leftJoin("marts.dim_account as account", "account.account_key", "earlier.account_key")
    .leftJoin("marts.dim_customer as customer", "customer.customer_key", "earlier.customer_key")
    .select([
      "earlier.customer_key",
      "account.name as account",
      "customer.name as customer",
      "earlier.class",
      "earlier.account_key",
      "earlier.source_partner_key",
      "earlier.mrr_minor as then_minor",
      "later.mrr_minor as now_minor",
    ])
    .where("earlier.month_on", "=", firstDay(shiftPeriod("month", month, -12)))
    .where("earlier.mrr_minor", ">", 0)
    .execute();
  return rows
    .map((row) => ({
      customerKey: row.customer_key,
      name: row.account ?? row.customer,
      kind: kindOf(row.class, row.account_key !== null),
      partnerKey: row.source_partner_key,
      was: major(row.then_minor, settings) ?? 0,
      now: Math.max(0, major(row.now_minor, settings) ?? 0),
    }))
    .filter((row) => row.was - row.now >= leastLoss)
    .sort((a, b) => a.now - a.was - (b.now - b.was) || (a.customerKey < b.customerKey ? -1 : 1));
}

/** The list of customers that left or shrank, largest loss first. */
export function lossList(context: PageContext, rows: readonly Loss[]): Markup {
  const { settings } = context;
  const month = monthOf(settings, context.period);
  const before = shiftPeriod("month", month, -12);
  const heading = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    const gone = mine.filter((row) => row.now === 0).length;
    if (mine.length === 0) return headed(view, "no customer left or shrank in a year");
    return headed(
      view,
      `${counted(gone, "customer")} left and ${formatCount(mine.length - gone)} shrank between ${monthLabel(before)} and ${monthLabel(month)}`,
    );
  };
  const parts = (view: View): string => {
    const mine = rows.filter((row) => context.isIn(row.partnerKey, view));
    if (view.slice !== "program" || mine.length === 0) return "";
    const of = Object.keys(kinds).flatMap((kind) => {
      const count = mine.filter((row) => row.kind === kind).length;
      return count === 0 ? [] : [`${formatCount(count)} ${kindWords[kind as Kind]}`];
    });
    return `Of all classes: ${of.join(", ")}. `;
  };
  return section(
    context.words(["slice"], heading),
    html`${context.words(["slice"], parts)}Largest loss first. A customer is called by its account, or as the billing system calls it where no account is known. Without a partner or a manager: no partner brought the customer.`,
    table<Loss>({
      id: "losses",
      caption: `Recurring revenue a month by customer, ${settings.currency}`,
      noun: "customers",
      empty: html`<b>None.</b> Every customer of a year ago pays as much or more, or there was none.`,
      rows,
      limit: 60,
      keep: context.keep(),
      scope: (row) => scopeOf(context, row.partnerKey),
      columns: [
        {
          label: "Customer",
          kind: "text",
          value: (row) => row.name ?? "not known",
        },
        { label: "Change", kind: "money", signed: true, value: (row) => row.now - row.was, total: true },
        { label: "Class", kind: "text", value: (row) => kindWords[row.kind], facet: true },
        {
          label: "Brought by",
          kind: "text",
          value: (row) => (row.partnerKey === null ? "no partner" : partnerName(context, row.partnerKey)),
          cell: (row) => (row.partnerKey === null ? "no partner" : partnerLink(context, row.partnerKey)),
        },
        {
          label: "Manager",
          kind: "text",
          value: (row) => (row.partnerKey === null ? null : (context.partners.get(row.partnerKey)?.manager ?? null)),
          facet: true,
        },
        { label: "What", kind: "text", value: (row) => (row.now === 0 ? "left" : "shrank"), facet: true },
        { label: monthLabel(before), kind: "money", value: (row) => row.was, total: true },
        { label: monthLabel(month), kind: "money", value: (row) => row.now, total: true },
        { label: "Source id", kind: "key", value: (row) => row.customerKey },
      ],
    }),
    "the last settled month",
  );
}
