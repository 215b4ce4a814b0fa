import { formatMoneyShort } from "../src/metrics/format.ts";
import { lastPeriods } from "../src/metrics/periods.ts";
import { type PageContext, type PartnerEntry, quarterLabel } from "../src/reports/context.ts";
import { section } from "../src/reports/figure.ts";
import { readable } from "../src/reports/frame.ts";
import { html } from "../src/reports/html.ts";
import { partnerLink, scopeOf, stateMark } from "../src/reports/links.ts";
import { total } from "../src/reports/numbers.ts";
import { definePage } from "../src/reports/page.ts";
import { readPartnerState, readPartnerValues } from "../src/reports/partner-values.ts";
import { table } from "../src/reports/table.ts";
import { counted } from "../src/reports/words.ts";

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
    const booked = await readPartnerValues(context.db, "sourced_bookings");
    const pipeline = await readPartnerState(context.db, "sourced_pipeline");
    const score = await readPartnerState(context.db, "partner_score");
    const year = lastPeriods("quarter", context.period, 4);
    const won = (partner: PartnerEntry): number => total(year, (quarter) => booked.value(partner.key, quarter));
    const rows = [...context.partners.values()].sort((a, b) => won(b) - won(a) || (a.name < b.name ? -1 : 1));
    return {
      finding: finding(context, rows, won),
      lead: "Every partner with a page of its own. Sorted by what it sourced in the last four quarters; choose a column to sort by it, or press / to search.",
      body: section(
        counted(rows.length, "partner"),
        null,
        table<PartnerEntry>({
          id: "all-partners",
          caption: `Partners, ${context.settings.currency}`,
          noun: "partners",
          empty: html`<b>No partners yet.</b> They come with the next refresh that finds some.`,
          rows,
          limit: mostRows,
          scope: (partner) => scopeOf(context, partner.key),
          columns: [
            {
              label: "Partner",
              kind: "text",
              value: (partner) => partner.name,
              cell: (partner) => partnerLink(context, partner.key),
            },
            {
              label: "State",
              kind: "text",
              value: (partner) => readable(partner.state),
              cell: (partner) => stateMark(partner.state),
              facet: true,
            },
            { label: "Type", kind: "text", value: (partner) => readable(partner.type), facet: true },
            { label: "Tier", kind: "text", value: (partner) => partner.tier, facet: true },
            { label: "Region", kind: "text", value: (partner) => partner.region, facet: true },
            { label: "Manager", kind: "text", value: (partner) => partner.manager, facet: true },
            { label: "Signed", kind: "date", value: (partner) => partner.agreedOn },
            {
              label: `Sourced, ${quarterLabel(context.period)}`,
              kind: "money",
              value: (partner) => booked.value(partner.key, context.period),
              total: true,
            },
            { label: "Sourced, 4 quarters", kind: "money", value: won, total: true },
            { label: "Sourced pipeline", kind: "money", value: (partner) => pipeline(partner.key) ?? 0, total: true },
            { label: "Score", kind: "points", value: (partner) => score(partner.key) },
            { label: "Source id", kind: "key", value: (partner) => partner.key },
          ],
        }),
      ),
    };
  },
});

function finding(context: PageContext, rows: readonly PartnerEntry[], won: (partner: PartnerEntry) => number): string {
  const all = total(rows, won);
  if (all <= 0) return `${counted(rows.length, "partner")}, nothing sourced in the last four quarters`;
  const top = total(rows.slice(0, 5), won);
  return `Five partners brought ${Math.round((top / all) * 100)}% of ${formatMoneyShort(all, context.settings.currency)}`;
}
