import { majorOf } from "../../metrics/format.ts";
import { type CsvCell, csvOf } from "../csv.ts";
import type { Comparison, Party } from "./comparison.ts";

const columns = Object.freeze([
  "level",
  "partner_key",
  "partner",
  "deal_key",
  "deal",
  "measure",
  "unit",
  "before",
  "after",
  "difference",
]);

interface Row {
  readonly level: "rule" | "total" | "partner" | "deal" | "deal_partner";
  readonly partner?: Party | null;
  readonly deal?: Party;
  readonly measure: string;
}

/** A comparison as one long table: rules, totals, partners, deals, partners of deals. Money is in major units of the reporting currency. */
export function comparisonCsv(comparison: Comparison): string {
  const { rules, total, partners, deals, currency } = comparison;
  const words = (row: Row, before: string | null, after: string | null): readonly CsvCell[] => [
    ...headOf(row),
    { text: "text" },
    before === null ? null : { text: before },
    after === null ? null : { text: after },
    null,
  ];
  const number = (row: Row, unit: string, before: string, after: string, difference: string): readonly CsvCell[] => [
    ...headOf(row),
    { text: unit },
    { number: before },
    { number: after },
    { number: difference },
  ];
  const money = (row: Row, before: number | bigint | null, after: number | bigint | null): readonly CsvCell[] => [
    ...headOf(row),
    { text: currency },
    before === null ? null : { number: majorOf(before, currency) },
    after === null ? null : { number: majorOf(after, currency) },
    { number: majorOf(BigInt(after ?? 0) - BigInt(before ?? 0), currency) },
  ];
  const change = (row: Omit<Row, "measure">, of: Comparison["total"][number]): readonly CsvCell[] =>
    of.unit === "money"
      ? money({ ...row, measure: of.measure }, of.before, of.after)
      : number({ ...row, measure: of.measure }, "count", String(of.before), String(of.after), String(of.difference));
  return csvOf(columns, [
    ...rules.map(({ key, before, after }) => words({ level: "rule", measure: key }, before, after)),
    ...total.map((of) => change({ level: "total" }, of)),
    ...partners.flatMap(({ partner, changes }) => changes.map((of) => change({ level: "partner", partner }, of))),
    ...deals.flatMap((deal) => {
      const row = { level: "deal", deal: deal.deal } as const;
      const part = { level: "deal_partner", deal: deal.deal } as const;
      return [
        words({ ...row, measure: "class" }, deal.class.before, deal.class.after),
        words({ ...row, measure: "source" }, deal.source.before?.key ?? null, deal.source.after?.key ?? null),
        words({ ...row, measure: "rule" }, deal.rule.before, deal.rule.after),
        money({ ...row, measure: "amount" }, deal.amount.before, deal.amount.after),
        money({ ...row, measure: "collected" }, deal.collected.before, deal.collected.after),
        ...deal.commission.map(({ partner, before, after }) =>
          money({ ...part, partner, measure: "commission" }, before, after),
        ),
        ...deal.credit.flatMap(({ partner, model, booked, collected }) => [
          money({ ...part, partner, measure: `credited_bookings.${model}` }, booked.before, booked.after),
          money({ ...part, partner, measure: `credited_collected.${model}` }, collected.before, collected.after),
        ]),
      ];
    }),
  ]);
}

function headOf({ level, partner, deal, measure }: Row): readonly CsvCell[] {
  const text = (value: string | null | undefined): CsvCell =>
    value === null || value === undefined ? null : { text: value };
  return [text(level), text(partner?.key), text(partner?.name), text(deal?.key), text(deal?.name), text(measure)];
}
