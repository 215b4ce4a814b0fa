// What a folder of one's own imports from "attributary". A name that stands here stays.

export { UserError } from "./errors.ts";
export {
  defineSource,
  type Given,
  type Setting,
  type SourceKit,
  type SourceParts,
  type StreamParts,
} from "./extract/own.ts";
export type {
  Ending,
  Json,
  LandedQuery,
  Page as StreamPage,
  RecordPaths,
  StreamContext,
} from "./extract/stream.ts";
export type { Answer, Call, Reply } from "./extract/transport.ts";
export {
  type Better,
  creditModels,
  current,
  dated,
  defineOwnMetric as defineMetric,
  type Form,
  type Metric,
  type PeriodKind,
  programOnly,
  type Slice,
  type Unit,
} from "./metrics/define.ts";
export {
  formatCount,
  formatDate,
  formatMoney,
  formatMoneyShort,
  formatNumber,
  formatPercent,
  formatPeriod,
} from "./metrics/format.ts";
export { lastPeriods, periodOf, shiftPeriod, spanOf, yearBefore } from "./metrics/periods.ts";
export { type CardParts, card, cards } from "./reports/card.ts";
export { type LinePoint, type LineSeries, lines } from "./reports/charts/lines.ts";
export { rankedBars } from "./reports/charts/ranked-bars.ts";
export { type StackPart, type StackSeries, seriesKey, stackedBars } from "./reports/charts/stacked-bars.ts";
export type { MetricAt, MetricValue, PageContext, PartnerEntry, View } from "./reports/context.ts";
export { emptyFigure, type FigureParts, figure, section } from "./reports/figure.ts";
export { type Fragment, html, join, type Markup } from "./reports/html.ts";
export { partnerLink, partnerName, scopeOf } from "./reports/links.ts";
export { definePage, type Page, type PageContent, type PageGroup, type PageParts } from "./reports/page.ts";
export { major, type Settings } from "./reports/settings.ts";
export { type Column, type ColumnKind, type TableParts, table } from "./reports/table.ts";
export type { Tables, Warehouse } from "./reports/tables.ts";
export { counted, readable, sentenceCase } from "./reports/words.ts";
