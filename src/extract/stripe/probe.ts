import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { UserError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { mappedFields } from "../mapping.ts";
import { checkClock, lookAround, type Probe, probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import type { TransportEffects } from "../transport.ts";
import { apiVersion, createStripeClient } from "./client.ts";
import { given } from "./given.ts";

type Item = Readonly<Record<string, unknown>>;

const listShape = z.object({ data: z.array(z.record(z.string(), z.unknown())) });

/** What a refresh reads, with the entity whose mapping names fields of it. */
const resources: readonly (readonly [path: string, entity?: string])[] = [
  ["/v1/invoices", "invoices"],
  ["/v1/customers", "customers"],
  ["/v1/refunds", "refunds"],
  ["/v1/disputes"],
  ["/v1/events"],
];

const sample = 100;

/**
 * A request to an account for each thing that a refresh reads: whether the key may, and whether the fields that the mapping
 * names are there. Throws `UserError` (exit 3) when it does not answer at all, or (exit 2) for a mapping that Stripe cannot fit.
 */
export async function probeStripe(source: SourceOf<"stripe">, effects: TransportEffects): Promise<Probe> {
  mappedFields(source, given, []);
  const client = createStripeClient(source, effects, { attempts: probeAttempts });
  // A key that is refused altogether is told once; one that may not read invoices is told with what else it may not read.
  const reply = await client.transport.request("invoices", client.get("/v1/invoices", [["limit", 1]], [403]));
  let mode = "no invoices yet";
  const readable = (path: string, entity?: string) => async (): Promise<readonly string[]> => {
    const answer = await client.transport.request("probe", client.get(path, [["limit", sample]]));
    const { data } = readShape(listShape, answer.json, source.name, `GET ${path}`);
    const [first] = data;
    if (entity === "invoices" && first !== undefined)
      mode = `invoices in ${first.livemode === true ? "live" : "test"} mode`;
    return entity === undefined ? [] : checkPaths(source, entity, data);
  };
  const { found, problems } = await lookAround([
    async () => checkClock(source.name, reply, effects),
    ...resources.map(([path, entity]) => readable(path, entity)),
  ]);
  return Object.freeze({
    source: source.name,
    found: [`Stripe account, ${mode}, API version ${apiVersion}`, ...found],
    ...(problems.length === 0 ? {} : { problems }),
  });
}

/** Throws `UserError` for a mapped field that none of some objects has. */
function checkPaths(source: SourceOf<"stripe">, entity: string, items: readonly Item[]): readonly string[] {
  if (items.length === 0) return [];
  return Object.entries(source.mapping[entity]?.columns ?? {}).map(([column, field]) => {
    const having = items.filter((item) => (valueAt(item, field.split(".")) ?? null) !== null).length;
    if (having > 0) return `${field} is there in ${having} of the latest ${items.length} ${entity}`;
    const known = new Set(items.flatMap((item) => pathsOf(item)));
    throw new UserError({
      where: `source ${source.name}, mapping.${entity}.columns.${column}`,
      found: `none of the latest ${items.length} ${entity} has ${field}`,
      fix: suggest(field, [...known]),
    });
  });
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  return typeof value === "object" && value !== null ? valueAt((value as Item)[key], rest) : undefined;
}

/** What of an object may be mapped: its own texts and numbers, and what its owner wrote into its metadata. */
function pathsOf(item: Item): readonly string[] {
  const plain = Object.entries(item).filter(([, value]) => typeof value === "string" || typeof value === "number");
  const metadata = typeof item.metadata === "object" && item.metadata !== null ? Object.keys(item.metadata) : [];
  return [...plain.map(([name]) => name), ...metadata.map((name) => `metadata.${name}`)];
}
