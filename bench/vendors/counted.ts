import type { SandboxRequest, Vendor } from "../../src/sandbox/index.ts";

/** What a request was for: the stream that it belongs to, and whether it only asked how many records there are. */
export interface Purpose {
  readonly stream: string;
  readonly isCount: boolean;
}

const ofStream = (stream: string, isCount = false): Purpose => ({ stream, isCount });

function hubspotPurpose({ path, body }: SandboxRequest): Purpose {
  const [, , , family = "", type = "", ...rest] = path.split("/");
  // The only history that is asked of companies is that of a partner's tier.
  if (type === "companies" && body.includes("propertiesWithHistory")) return ofStream("companies.tiers");
  if (family === "objects") return ofStream(type, rest[0] === "search" && /"limit":1[,}]/.test(body));
  if (family === "properties") return ofStream(`properties.${type}`);
  if (family === "associations") {
    return ofStream(`${rest[1] === "labels" ? "association_labels" : "associations"}.${type}.${rest[0]}`);
  }
  if (path.startsWith("/account-info/")) return ofStream("account");
  return ofStream(path.startsWith("/settings/") ? "currencies" : family);
}

/** A job is known by its id, and a page behind the first by its place: `objectAt` remembers whose they are. */
function salesforcePurpose({ path, query, body }: SandboxRequest, objectAt: ReadonlyMap<string, string>): Purpose {
  const soql = query.get("q") ?? (path.endsWith("/jobs/query") ? body : "");
  const [, object] = /\sfrom\s+(\w+)/i.exec(soql) ?? [];
  if (object !== undefined) return ofStream(object, /^select count\(\)/i.test(soql));
  if (path.endsWith("/token")) return ofStream("sign_in");
  if (path.endsWith("/describe")) return ofStream("describe");
  const [, named] = /\/sobjects\/(\w+)\/deleted/.exec(path) ?? [];
  const [, job] = /\/jobs\/query\/(\w+)/.exec(path) ?? [];
  return ofStream(named ?? objectAt.get(job ?? path) ?? "other");
}

const eventReaders = [
  ["customer.", "customers"],
  ["invoice.", "invoices"],
  ["refund.", "refunds"],
  ["charge.dispute.created", "disputes"],
] as const;

function stripePurpose({ path, query }: SandboxRequest, deletedCustomers: ReadonlySet<string>): Purpose {
  const [, , resource = "", id = "", child] = path.split("/");
  if (deletedCustomers.has(id)) return ofStream("deleted_customers");
  if (child === "lines") return ofStream("invoice_lines");
  if (resource !== "events") return ofStream(resource);
  const types = query.getAll("types[]");
  const [, stream = "events"] = eventReaders.find(([prefix]) => types.some((type) => type.startsWith(prefix))) ?? [];
  return ofStream(stream);
}

/** Tells what a vendor's request was for. */
export function purposeOf(
  vendor: Vendor,
  request: SandboxRequest,
  objectAt: ReadonlyMap<string, string>,
  deletedCustomers: ReadonlySet<string>,
): Purpose {
  if (vendor === "hubspot") return hubspotPurpose(request);
  return vendor === "salesforce" ? salesforcePurpose(request, objectAt) : stripePurpose(request, deletedCustomers);
}

/** The limiters of the vendor that a request counts against, each with the requests that it lets through in a second. */
export function limitersOf(
  vendor: Vendor,
  { path }: SandboxRequest,
): readonly (readonly [name: string, rate: number])[] {
  if (vendor === "salesforce") return [];
  if (vendor === "hubspot") return [path.endsWith("/search") ? ["searches", 5] : ["objects", 19]];
  const [, , resource = "", id, child] = path.split("/");
  const endpoint = `${resource}${id === undefined ? "" : "/id"}${child === undefined ? "" : `/${child}`}`;
  return [
    ["all", 100],
    [endpoint, 25],
  ];
}
