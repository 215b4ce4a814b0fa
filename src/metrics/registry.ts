import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import { suggest } from "../nearest.ts";
import { bookings } from "./bookings.ts";
import { collected } from "./collected.ts";
import { commission } from "./commission.ts";
import { concentration } from "./concentration.ts";
import { coverage } from "./coverage.ts";
import { type Metric, periodKinds, sliceNames, units } from "./define.ts";
import { engagement } from "./engagement.ts";
import { leads } from "./leads.ts";
import { partners } from "./partners.ts";
import { pipeline } from "./pipeline.ts";
import { registrations } from "./registrations.ts";
import { retention } from "./retention.ts";
import { score } from "./score.ts";
import { stages } from "./stages.ts";
import { velocity } from "./velocity.ts";
import { wins } from "./wins.ts";

/** A group of metrics that answer one question, as the Definitions page shows them. */
export interface MetricFamily {
  readonly id: string;
  readonly label: string;
  readonly metrics: readonly Metric[];
}

/** Every metric, in families, in the order of the Definitions page. */
export const metricFamilies: readonly MetricFamily[] = Object.freeze([
  { id: "bookings", label: "Bookings", metrics: bookings },
  { id: "collected", label: "Money collected", metrics: collected },
  { id: "pipeline", label: "Pipeline", metrics: pipeline },
  { id: "wins", label: "Wins", metrics: wins },
  { id: "velocity", label: "Velocity", metrics: velocity },
  { id: "stages", label: "Stages", metrics: stages },
  { id: "registrations", label: "Registrations", metrics: registrations },
  { id: "leads", label: "Leads", metrics: leads },
  { id: "partners", label: "Partners", metrics: partners },
  { id: "engagement", label: "Engagement", metrics: engagement },
  { id: "coverage", label: "Coverage and targets", metrics: coverage },
  { id: "concentration", label: "Concentration", metrics: concentration },
  { id: "retention", label: "Customer retention", metrics: retention },
  { id: "commission", label: "Commission", metrics: commission },
  { id: "score", label: "Partner score", metrics: score },
]);

/** Every metric and metric pattern of this version as written down. */
export const metrics: readonly Metric[] = Object.freeze(metricFamilies.flatMap((family) => family.metrics));

// The families of the folder that `extend` names. A process serves one configuration, so there is one place for them.
let ownFamilies: readonly MetricFamily[] = [];
let ownMetrics: readonly Metric[] = [];

/** Puts the families of one's own beside those of this version, in the place of any that were there. */
export function useOwnFamilies(families: readonly MetricFamily[]): void {
  ownFamilies = Object.freeze([...families]);
  ownMetrics = Object.freeze(families.flatMap((family) => family.metrics));
}

/**
 * The version of the definitions in force: equal as long as every metric is defined in the same words, formula and model.
 * Eight signs, for the foot of a printed page and for the Definitions page.
 */
export function definitionsVersion(): string {
  const said = allMetrics().map((metric) => [
    metric.id,
    metric.words,
    metric.formula,
    metric.grain,
    metric.datedBy,
    metric.included,
    metric.excluded,
    metric.model,
  ]);
  return createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 8);
}

/** Every family, those of one's own last. */
export const allFamilies = (): readonly MetricFamily[] => [...metricFamilies, ...ownFamilies];

/** Every metric and metric pattern, those of one's own last. */
export const allMetrics = (): readonly Metric[] => allFamilies().flatMap((family) => family.metrics);

/** Ids that are known beforehand: patterns with fixed words written out, open ones (`stage_days_median.<stage>`) as they are. */
export function idsOf(definitions: readonly Metric[]): readonly string[] {
  return definitions.flatMap((metric) => {
    const { variants } = metric;
    return variants === undefined || variants === "any"
      ? [metric.id]
      : variants.map((variant) => metric.id.replace(/<.*>$/, variant));
  });
}

/** Every id of this version. */
export const metricIds: readonly string[] = Object.freeze(idsOf(metrics));

const plain = new Map(metrics.filter((metric) => metric.variants === undefined).map((metric) => [metric.id, metric]));
const patterns = metrics.filter((metric) => metric.variants !== undefined);

/** The metric of an id, with pattern words filled in (`credited_bookings.linear`), or nothing. */
export function findMetric(id: string): Metric | undefined {
  return plain.get(id) ?? findIn(ownMetrics, id) ?? findIn(patterns, id);
}

/** The same among some definitions alone. */
export function findIn(definitions: readonly Metric[], id: string): Metric | undefined {
  const found = definitions.find((metric) => metric.variants === undefined && metric.id === id);
  if (found !== undefined) return found;
  for (const pattern of definitions.filter((metric) => metric.variants !== undefined)) {
    const prefix = pattern.id.slice(0, pattern.id.indexOf("<"));
    const word = id.slice(prefix.length);
    if (!id.startsWith(prefix) || word === "" || word.startsWith("<")) continue;
    if (pattern.variants !== "any" && pattern.variants?.includes(word) !== true) continue;
    return Object.freeze({
      ...pattern,
      id,
      label: pattern.label.replace(/<.*?>/, pattern.variants === "any" ? word : word.replaceAll("_", " ")),
    });
  }
  return undefined;
}

/**
 * The metric of an id; `where` names the file or flag that asks for it.
 * Throws UserError with the nearest id when there is none.
 */
export function metricOf(id: string, where: string): Metric {
  const metric = findMetric(id);
  if (metric !== undefined) return metric;
  throw new UserError({
    where,
    found: `there is no metric "${id}"`,
    fix: `${suggest(id, idsOf(allMetrics()))}; the Definitions page lists them`,
  });
}

/** The label of a metric or of a whole family: `Credited bookings, by model`, `Median days in each stage`. */
export function familyLabel(metric: Pick<Metric, "label">): string {
  return metric.label.replace(/, <(\w+)>.*$/, ", by $1").replace(/<(\w+)>/, "each $1");
}

/** A metric's id as it stands in addresses and in text: `credited_bookings.model` for a whole family. */
export function familyId(metric: Pick<Metric, "id">): string {
  return metric.id.replace(/[<>]/g, "");
}

/** The id under which the definition of a metric stands: of one of a family (`net_retention.sourced`) that of the family. */
export function definitionId(id: string): string {
  const family = patterns.find((pattern) => findIn([pattern], id) !== undefined);
  return plain.has(id) || family === undefined ? id : familyId(family);
}

/** What is wrong with a set of definitions, each in one sentence; empty when nothing is. */
export function findProblems(definitions: readonly Metric[]): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const metric of definitions) {
    const say = (problem: string): void => {
      problems.push(`${metric.id}: ${problem}`);
    };
    if (seen.has(metric.id)) say("is defined twice");
    seen.add(metric.id);
    if (!/^[a-z][a-z0-9_]*(\.[a-z_]+|\.<[a-z]+>)?$/.test(metric.id)) {
      say("the id is lower-case words joined by `_`, with at most one part after a dot");
    }
    if (metric.id.includes("<") !== (metric.variants !== undefined)) say("`<word>` in the id and variants go together");
    if (metric.variants !== undefined && !metric.label.includes("<")) say("the label does not say which variant it is");
    for (const field of ["label", "words", "formula", "grain", "datedBy", "included", "excluded", "owner"] as const) {
      if (metric[field].trim() === "") say(`${field} is empty`);
    }
    if (!metric.words.endsWith(".")) say("words are whole sentences and end with a full stop");
    if (!units.includes(metric.unit)) say(`unit is "${metric.unit}"; use one of ${units.join(", ")}`);
    if (metric.periods.length === 0) say("it has no periods");
    for (const kind of metric.periods) {
      if (!periodKinds.includes(kind)) say(`period "${kind}" is none of ${periodKinds.join(", ")}`);
    }
    if (metric.slices.length === 0) say("it has no slices");
    for (const slice of metric.slices) {
      if (!sliceNames.includes(slice)) say(`slice "${slice}" is none of ${sliceNames.join(", ")}`);
    }
    if (!/^(sql\/metrics\/[a-z_0-9]+|\.{1,2}\/.+)\.sql$/.test(metric.model)) say("model names a file of sql/metrics");
    if (!/^\d+\.\d+\.\d+$/.test(metric.since)) say("since is a version like 0.1.0");
  }
  return problems;
}
