import { createServer } from "node:net";
import { parse } from "yaml";
import { z } from "zod";
import { type Vendor, vendorNames } from "./start.ts";

/** Where each vendor is served on loopback. */
export type Ports = Readonly<Record<Vendor, number>>;

/** Ports in a row, in the order of the vendors' names: HubSpot has the first one. */
export function portsFrom(first: number): Ports {
  return Object.freeze({ hubspot: first, salesforce: first + 1, stripe: first + 2 });
}

const written = z.object({
  sources: z.array(z.looseObject({ kind: z.string(), base_url: z.url({ hostname: /^127\.0\.0\.1$/ }).optional() })),
});

/** The ports that the configuration of an earlier sandbox names; undefined where it does not name all of them. */
export function portsIn(config: string): Ports | undefined {
  const sources = written.safeParse(plainOf(config)).data?.sources ?? [];
  const port = (vendor: Vendor): number =>
    Number(URL.parse(sources.find(({ kind }) => kind === vendor)?.base_url ?? "")?.port ?? 0);
  const ports = { hubspot: port("hubspot"), salesforce: port("salesforce"), stripe: port("stripe") };
  const distinct = new Set(Object.values(ports).filter((each) => each > 0));
  return distinct.size === vendorNames.length ? Object.freeze(ports) : undefined;
}

/** What a text of YAML says; nothing where it is none. */
function plainOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** The first of these ports that somebody else listens at. */
export async function takenOf(ports: Ports): Promise<number | undefined> {
  for (const port of Object.values(ports)) if (!(await isFree(port))) return port;
  return undefined;
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
