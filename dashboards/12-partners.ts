import { formatCount, formatMoneyShort } from "../src/metrics/format.ts";
import { lastPeriods } from "../src/metrics/periods.ts";
import {
  headed,
  type PageContext,
  type PartnerEntry,
  quarterLabel,
  quarterSoFar,
  type View,
} from "../src/reports/context.ts";
import { section } from "../src/reports/figure.ts";
import { html } from "../src/reports/html.ts";
import { partnerColumn, scopeOf, stateMark, stateOf } from "../src/reports/links.ts";
import { total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { readPartnerState, readPartnerValues } from "../src/reports/partner-values.ts";
import { table } from "../src/reports/table.ts";
import { nothingWon, readWon, type Won } from "../src/reports/won.ts";
import { counted, readable } from "../src/reports/words.ts";

// A page of every partner of a large program would pass its weight; the rest is found by search.
const mostRows = 400;

export const page = definePage({
  id: "partners",
  title: "Partners",
  question: "Who are our partners, what did each bring, and where is its page?",
  group: "Partners",
  order: 12,
  filters: ["slice"],
  render: async (context) => {
    const booked = await readPartnerValues(context, "sourced_bookings");
    const pipeline = await readPartnerState(context, "sourced_pipeline");
    const score = await readPartnerState(context, "partner_score");
    const wins = await readWon(context);
    const year = lastPeriods("quarter", context.period, 4);
    const won = (partner: PartnerEntry): number => total(year, (quarter) => booked.value(partner.key, quarter));
    const span = `${quarterLabel(year[0] ?? context.period)} to ${quarterSoFar(context.settings, context.period)}`;
    const rows = [...context.partners.values()].sort((a, b) => won(b) - won(a) || (a.name < b.name ? -1 : 1));
    return {
      finding: context.words(["slice"], (view) => finding(context, view, rows, won, wins)),
      lead: `Every partner with a page of its own, ended ones and prospects too. Sorted by what it sourced in ${span}; choose a column to sort by it, or press / to search.`,
      body: section(
        context.words(["slice"], (view) => heading(context, view, rows)),
        html`Score says how a partner compares with those of its type, 0 to 100, <a href="definitions.html#partner_score">as defined</a>; ended partners and those not yet in the program have none (–).`,
        table<PartnerEntry>({
          id: "all-partners",
          caption: `Partners, ${context.settings.currency}. Four quarters: ${span}.`,
          noun: "partners",
          empty: html`<b>No partners yet.</b> They come with the next refresh that finds some.`,
          rows,
          limit: mostRows,
          keep: context.keep(),
          scope: (partner) => scopeOf(context, partner.key),
          columns: [
            partnerColumn(context, (partner) => partner.key),
            {
              label: "State",
              kind: "text",
              value: (partner) => readable(stateOf(partner)),
              cell: (partner) => stateMark(stateOf(partner)),
              facet: true,
            },
            {
              label: "Type and tier",
              kind: "text",
              value: (partner) => [readable(partner.type), ...(partner.tier === null ? [] : [partner.tier])].join(", "),
            },
            {
              label: `Sourced, ${quarterSoFar(context.settings, context.period)}`,
              kind: "money",
              value: (partner) => booked.value(partner.key, context.period),
              total: true,
            },
            { label: "Sourced, 4 quarters", kind: "money", value: won, total: true },
            { label: "Sourced pipeline", kind: "money", value: (partner) => pipeline(partner.key) ?? 0, total: true },
            { label: "Score", kind: "points", value: (partner) => score(partner.key) },
            { label: "Signed", kind: "date", value: (partner) => partner.agreedOn },
            { label: "Region", kind: "text", value: (partner) => partner.region },
            { label: "Manager", kind: "text", value: (partner) => partner.manager },
            { label: "Source id", kind: "key", value: (partner) => partner.key },
          ],
        }),
      ),
    };
  },
});

/** How many rows there are and how many of them are in the program today: the number other pages count from. */
function heading(context: PageContext, view: View, rows: readonly PartnerEntry[]): string {
  const mine = rows.filter((partner) => context.isIn(partner.key, view));
  const today = mine.filter((partner) => partner.isCounted).length;
  const ended = mine.filter((partner) => partner.state === "ended").length;
  const others = mine.length - today - ended;
  const rest = [
    ...(ended === 0 ? [] : [`${formatCount(ended)} ended`]),
    ...(others === 0 ? [] : [`${formatCount(others)} not yet in it`]),
  ];
  return headed(
    view,
    `${counted(mine.length, "partner")}${rest.length === 0 ? "" : `: ${[`${formatCount(today)} in the program today`, ...rest].join(", ")}`}`,
  );
}

function finding(
  context: PageContext,
  view: View,
  every: readonly PartnerEntry[],
  won: (partner: PartnerEntry) => number,
  wins: Won,
): string {
  const rows = every.filter((partner) => context.isIn(partner.key, view));
  const all = total(rows, won);
  if (all <= 0) {
    const found = wins(view, lastPeriods("quarter", context.period, 4));
    const said =
      found.deals === 0
        ? "nothing sourced in the last four quarters"
        : nothingWon(found, { span: "the last four quarters", sum: all, currency: context.settings.currency });
    return headed(view, `${counted(rows.length, "partner")}${found.deals === 0 ? ", " : ": "}${said}`);
  }
  const top = total(rows.slice(0, 5), won);
  const sum = formatMoneyShort(all, context.settings.currency);
  if (rows.length <= 5) return headed(view, `${sum} sourced in four quarters`);
  return headed(view, `five partners brought ${Math.round((top / all) * 100)}% of ${sum} sourced in four quarters`);
}
