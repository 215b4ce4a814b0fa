import { isDeepStrictEqual } from "node:util";
import type { Sandbox, Vendor } from "../../src/sandbox/index.ts";
import type { Connection } from "../../src/warehouse/database.ts";

/** A record as the vendor has it. */
interface TrueRecord {
  /** `upsert`, `delete` with its reason, or `either` for what may as well not be there. */
  readonly op: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What a vendor has, stream by stream and id by id: read by plain requests that share no code with the extraction. */
export type Truth = ReadonlyMap<string, ReadonlyMap<string, TrueRecord>>;

type Json = Readonly<Record<string, unknown>>;

/** Reads all that a vendor has. */
export async function readTruth(sandbox: Sandbox, vendor: Vendor): Promise<Truth> {
  switch (vendor) {
    case "hubspot":
      return readPortal(sandbox.hubspot);
    case "salesforce":
      return readOrg(sandbox.salesforce);
    case "stripe":
      return readAccount(sandbox.stripe);
  }
}

/** Ids of one stream with this `op`. */
export function idsIn(truth: Truth, stream: string, op = "upsert"): readonly string[] {
  return [...(truth.get(stream) ?? [])].filter(([, record]) => record.op === op).map(([id]) => id);
}

async function ask(url: string, token: string, body?: object): Promise<Json> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Json;
}

const listAt = (json: Json, name: string): readonly Json[] => json[name] as readonly Json[];

const byId = (
  records: readonly Json[],
  idOf: (record: Json) => string = (record) => String(record.id),
  opOf: (record: Json) => string = () => "upsert",
): Map<string, TrueRecord> =>
  new Map(records.map((record) => [idOf(record), { op: opOf(record), payload: record }] as const));

async function readPortal({ url, token }: Sandbox["hubspot"]): Promise<Truth> {
  const truth = new Map<string, Map<string, TrueRecord>>();
  const get = (path: string, body?: object): Promise<Json> => ask(`${url}${path}`, token, body);
  const account = await get("/account-info/v3/details");
  truth.set(
    "account",
    byId([account], (record) => String(record.portalId)),
  );
  truth.set("pipelines", byId(listAt(await get("/crm/v3/pipelines/deals"), "results")));
  for (const type of ["deals", "companies"] as const) {
    const definitions = listAt(await get(`/crm/v3/properties/${type}`), "results");
    truth.set(
      `properties.${type}`,
      byId(definitions, (record) => String(record.name)),
    );
    const records: Json[] = [];
    for (const archived of [false, true]) {
      let after = "";
      do {
        const query = new URLSearchParams({
          limit: "50",
          archived: String(archived),
          properties: definitions.map((definition) => definition.name).join(","),
          ...(type === "deals" ? { propertiesWithHistory: "dealstage" } : {}),
          ...(after === "" ? {} : { after }),
        });
        const page = await get(`/crm/v3/objects/${type}?${query}`);
        records.push(...listAt(page, "results"));
        after = (page.paging as { next?: { after?: string } } | undefined)?.next?.after ?? "";
      } while (after !== "");
    }
    truth.set(
      type,
      byId(records, undefined, (record) => (record.archived === true ? "delete archived" : "upsert")),
    );
  }
  const to = new Map<string, unknown[]>();
  let inputs: readonly object[] = idsIn(truth, "deals").map((id) => ({ id }));
  while (inputs.length > 0) {
    const page = await get("/crm/v4/associations/deals/companies/batch/read", { inputs });
    inputs = listAt(page, "results").flatMap((result) => {
      const { id } = result.from as { id: string };
      to.set(id, [...(to.get(id) ?? []), ...(result.to as unknown[])]);
      const after = (result.paging as { next?: { after?: string } } | undefined)?.next?.after;
      return after === undefined ? [] : [{ id, after }];
    });
  }
  const associations = [...to].map(([id, companies]) => ({ from: { id }, to: companies }));
  truth.set(
    "associations.deals.companies",
    byId(associations, (record) => String((record.from as Json).id)),
  );
  return truth;
}

const objects = [
  "Account",
  "Opportunity",
  "OpportunityHistory",
  "OpportunityPartner",
  "OpportunityStage",
  "CurrencyType",
  "DatedConversionRate",
  "User",
  "Organization",
];

async function readOrg({ url, clientId, clientSecret }: Sandbox["salesforce"]): Promise<Truth> {
  const signed = await fetch(`${url}/services/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    }),
  });
  const { access_token: token } = (await signed.json()) as { access_token: string };
  const root = "/services/data/v64.0";
  const truth = new Map<string, Map<string, TrueRecord>>();
  for (const object of objects) {
    const described = await ask(`${url}${root}/sobjects/${object}/describe`, token);
    const fields = listAt(described, "fields").map((field) => String(field.name));
    const records: Json[] = [];
    let next: unknown = `${root}/queryAll?q=${encodeURIComponent(`select ${fields.join(", ")} from ${object}`)}`;
    while (typeof next === "string") {
      const page = await ask(`${url}${next}`, token);
      records.push(...listAt(page, "records"));
      next = page.nextRecordsUrl;
    }
    truth.set(
      object,
      byId(
        records,
        (record) => String(record.Id),
        (record) => {
          if ((record.MasterRecordId ?? null) !== null) return "delete merged";
          return record.IsDeleted === true ? "delete archived" : "upsert";
        },
      ),
    );
  }
  return truth;
}

async function readAccount({ url, key }: Sandbox["stripe"]): Promise<Truth> {
  const truth = new Map<string, Map<string, TrueRecord>>();
  const list = async (path: string, query: string): Promise<readonly Json[]> => {
    const records: Json[] = [];
    let after = "";
    do {
      const page = await ask(`${url}${path}?limit=100${query}${after}`, key);
      records.push(...listAt(page, "data"));
      after = page.has_more === true ? `&starting_after=${String(records.at(-1)?.id)}` : "";
    } while (after !== "");
    return records;
  };
  for (const name of ["customers", "refunds", "disputes"]) truth.set(name, byId(await list(`/v1/${name}`, "")));
  const invoices = await list("/v1/invoices", "&expand[]=data.payments");
  truth.set("invoices", byId(invoices));
  truth.set("events", byId(await list("/v1/events", "&types[]=charge.dispute.closed")));
  const lines: Json[] = [];
  const shownThere = new Set<string>();
  for (const invoice of invoices) {
    const shown = invoice.lines as { has_more: boolean; data: readonly Json[] };
    if (!shown.has_more) continue;
    for (const line of shown.data) shownThere.add(String(line.id));
    lines.push(...(await list(`/v1/invoices/${String(invoice.id)}/lines`, "")));
  }
  // The lines that an invoice shows itself are read only where the place behind them is lost.
  const opOf = (line: Json): string => (shownThere.has(String(line.id)) ? "either" : "upsert");
  truth.set("invoice_lines", byId(lines, undefined, opOf));
  const living = truth.get("customers");
  const gone = new Set(invoices.map((invoice) => String(invoice.customer)).filter((id) => living?.has(id) === false));
  const deleted: Json[] = [];
  for (const id of gone) deleted.push(await ask(`${url}/v1/customers/${id}`, key));
  truth.set("deleted_customers", byId(deleted));
  return truth;
}

interface Version {
  readonly stream: string;
  readonly id: string;
  readonly op: string;
  readonly payload: string;
}

const latest = `
select
    stream,
    id,
    arg_max(op, seq) || coalesce(' ' || arg_max_null(reason, seq), '') as op,
    arg_max(payload, seq) as payload
from raw.record
where source = $1
group by stream, id`;

// A version that is the one before once more, or a place in the log that was given twice.
const repeats = `
select stream, id
from (
    select
        stream,
        id,
        op,
        hash,
        reason,
        lag(op) over of_id as op_before,
        lag(hash) over of_id as hash_before,
        lag(reason) over of_id as reason_before,
        count(*) over (partition by seq) as at_place
    from raw.record
    where source = $1
    window of_id as (partition by stream, id order by seq)
)
where at_place > 1 or (op = op_before and hash = hash_before and reason is not distinct from reason_before)
limit 3`;

// What no list shows any more stays in these streams, so the log may have more than the vendor.
const growing: ReadonlySet<string> = new Set(["events", "deleted_customers"]);

/** Where the log's latest state is not the vendor's: lost, doubled or wrong records, in words; empty when they agree. */
export async function compareTruth(connection: Connection, source: string, truth: Truth): Promise<readonly string[]> {
  const rows = await connection.rows<Version>(latest, [source]);
  const log = Map.groupBy(rows, (row) => row.stream);
  const found: string[] = [];
  for (const [stream, records] of truth) {
    const known = new Map((log.get(stream) ?? []).map((row) => [row.id, row]));
    for (const [id, record] of records) {
      const row = known.get(id);
      if (row === undefined) {
        if (record.op !== "either") found.push(`lost: ${stream} ${id} (${record.op})`);
      } else if (row.op !== record.op && record.op !== "either")
        found.push(`wrong: ${stream} ${id} is ${row.op} instead of ${record.op}`);
      else if (row.op === "upsert" || record.op !== "either") {
        const difference = differenceOf(JSON.parse(row.payload) as Json, record.payload);
        if (difference !== undefined) found.push(`wrong: ${stream} ${id}: ${difference}`);
      }
    }
    for (const row of known.values()) {
      if (row.op === "upsert" && !records.has(row.id) && !growing.has(stream)) {
        found.push(`wrong: ${stream} ${row.id} is still there`);
      }
    }
  }
  for (const { stream, id } of await connection.rows<{ stream: string; id: string }>(repeats, [source])) {
    found.push(`doubled: ${stream} ${id}`);
  }
  return found;
}

/** What of a payload is not as the vendor has it; it may hold fewer properties, but at least a few. */
function differenceOf(landed: Json, real: Json): string | undefined {
  for (const [name, value] of Object.entries(landed)) {
    if (["attributes", "url", "paging"].includes(name)) continue;
    if (name === "properties") {
      const inner = differenceOf(value as Json, real.properties as Json);
      if (inner !== undefined) return inner;
    } else if (!isDeepStrictEqual(value, real[name])) {
      return `${name} is ${JSON.stringify(value)} instead of ${JSON.stringify(real[name])}`;
    }
  }
  const [few, many] = [Object.keys(landed).length, Object.keys(real).length];
  return few >= Math.min(many, 5) || many <= 2 ? undefined : `it has only ${Object.keys(landed).join(", ")}`;
}
