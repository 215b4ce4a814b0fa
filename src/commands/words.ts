import { UserError } from "../errors.ts";

/** A date of the command line, YYYY-MM-DD. Throws UserError (exit 2) on any other text, as all of these do. */
export function parseDate(text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
  if (isDate && text >= "1970-01-01" && text < "2200-01-01") return text;
  throw new UserError({
    where: "--as-of",
    found: `"${text}" is not a date`,
    fix: "write it as YYYY-MM-DD, from 1970 to 2199, like 2026-06-30",
  });
}

/** How many backups stay. */
export function parseKeep(text: string): number {
  const keep = Number(text);
  if (Number.isInteger(keep) && keep >= 1) return keep;
  throw new UserError({ where: "--keep", found: `"${text}" keeps no backup`, fix: "give a whole number from 1 up" });
}

/** A port, 0 for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UserError({ where: "--port", found: `"${text}" is not a port`, fix: "give a number from 0 to 65535" });
}

/** The first of three ports in a row. */
export function parseSandboxPort(text: string): number {
  const port = parsePort(text);
  if (port > 0 && port <= 65_533) return port;
  throw new UserError({ where: "--port", found: `"${text}" leaves no room for three ports`, fix: "give 1 to 65533" });
}

/** What a made-up company is drawn by. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0) return seed;
  throw new UserError({ where: "--seed", found: `"${text}" is not a seed`, fix: "give a whole number from 0 up" });
}

/** Collects a flag that may be repeated. */
export function many(text: string, texts: readonly string[] = []): readonly string[] {
  return [...texts, text];
}
