import { entities } from "../../config/entities.ts";
import { parseConfig } from "../../config/load.ts";
import { type HouseSource, sourceKinds } from "../../config/schema.ts";
import { together, UserError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import { systemNames } from "./sign-in.ts";

/** What the command line answers in advance; every question has its flag. */
export interface InitFlags {
  readonly sources?: string;
  readonly hubspotTokenEnv: string;
  readonly hubspotUrl?: string;
  readonly salesforceLoginUrl?: string;
  readonly salesforceIdEnv: string;
  readonly salesforceSecretEnv: string;
  readonly salesforceUrl?: string;
  readonly salesforceCurrency?: string;
  readonly stripeKeyEnv: string;
  readonly stripeUrl?: string;
  readonly drop?: string;
  readonly currency?: string;
  readonly timezone?: string;
  readonly fiscalYearStart?: string;
  readonly schedule?: string;
  readonly slackWebhookEnv?: string;
  readonly home?: string;
  /** `hubspot.deals.partner_id=sourcing_partner`. */
  readonly field?: readonly string[];
  /** `hubspot.partners.type:VENDOR=reseller`. */
  readonly word?: readonly string[];
  /** `salesforce.registrations=Deal_Registration__c`. */
  readonly object?: readonly string[];
  /** `Solution Partner=agency`. */
  readonly partnerType?: readonly string[];
  /** Whether secrets of the environment are written into `.env` as well. */
  readonly saveEnv?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly refresh?: boolean;
}

/** Changes to a source's default mapping, as they stand in the configuration. */
export type Mapping = Readonly<
  Record<
    string,
    {
      readonly object?: string;
      readonly columns?: Readonly<Record<string, string>>;
      readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    }
  >
>;

/** One change to the mapping of a source. */
interface MappingChange {
  readonly entity: string;
  readonly object?: string;
  readonly column?: string;
  readonly field?: string;
  readonly word?: string;
  readonly ours?: string;
}

/** A mapping with one more change in it. */
export function changeMapping(mapping: Mapping, change: MappingChange): Mapping {
  const { entity, object, column, field, word, ours } = change;
  const before = mapping[entity] ?? {};
  const columns = column === undefined || field === undefined ? before.columns : { ...before.columns, [column]: field };
  const values =
    column === undefined || word === undefined || ours === undefined
      ? before.values
      : { ...before.values, [column]: { ...before.values?.[column], [word]: ours } };
  return {
    ...mapping,
    [entity]: {
      ...before,
      ...(object === undefined ? {} : { object }),
      ...(columns === undefined ? {} : { columns }),
      ...(values === undefined ? {} : { values }),
    },
  };
}

const malformed = (flag: string, example: string): UserError =>
  new UserError({
    where: flag,
    found: "it is not written as it should be",
    fix: `write it like ${flag} "${example}"`,
  });

/** The kinds of systems that `--sources` names. Throws UserError (exit 2) for one that is none. */
export function kindsOf(text: string): readonly HouseSource["kind"][] {
  const words = [...new Set(text.split(",").map((word) => word.trim().toLowerCase()))].filter((word) => word !== "");
  if (words.length === 0) throw malformed("--sources", "hubspot,stripe");
  return words.map((word) => {
    const kind = sourceKinds.find((known) => known === word);
    if (kind !== undefined) return kind;
    throw new UserError({ where: "--sources", found: `"${word}" is no system`, fix: suggest(word, sourceKinds) });
  });
}

/** The mapping of one source that `--field`, `--word` and `--object` give. Throws UserError (exit 2) for a flag that cannot be read. */
export function mappingOf(flags: InitFlags, source: string): Mapping {
  const changes = [
    ...(flags.object ?? []).flatMap((text) => {
      const [, owner = "", entity = "", object = ""] = /^([\w-]+)\.(\w+)=(.+)$/.exec(text) ?? [];
      if (object === "") throw malformed("--object", "salesforce.registrations=Deal_Registration__c");
      return owner === source ? [{ entity: knownEntity("--object", entity), object }] : [];
    }),
    ...(flags.field ?? []).flatMap((text) => {
      const [, owner = "", entity = "", column = "", field = ""] = /^([\w-]+)\.(\w+)\.(\w+)=(.+)$/.exec(text) ?? [];
      if (field === "") throw malformed("--field", "hubspot.deals.partner_id=sourcing_partner");
      return owner === source ? [{ entity: knownEntity("--field", entity), column, field }] : [];
    }),
    ...(flags.word ?? []).flatMap((text) => {
      const [, owner = "", entity = "", column = "", word = "", ours = ""] =
        /^([\w-]+)\.(\w+)\.(\w+):(.+)=([^=]+)$/.exec(text) ?? [];
      if (ours === "") throw malformed("--word", "hubspot.partners.type:VENDOR=reseller");
      return owner === source ? [{ entity: knownEntity("--word", entity), column, word, ours }] : [];
    }),
  ];
  return changes.reduce(changeMapping, {});
}

function knownEntity(flag: string, entity: string): string {
  const names = entities.map(({ name }) => name);
  if (names.includes(entity)) return entity;
  throw new UserError({ where: flag, found: `there is no entity ${entity}`, fix: suggest(entity, names) });
}

/** The words that `--partner-type` gives. Throws UserError (exit 2) for one that cannot be read. */
export function partnerTypesOf(flags: InitFlags): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (flags.partnerType ?? []).map((text) => {
      const [, word = "", type = ""] = /^(.+)=([^=]+)$/.exec(text) ?? [];
      if (type === "") throw malformed("--partner-type", "Solution Partner=agency");
      return [word.trim(), type.trim()];
    }),
  );
}

/** Throws UserError (exit 2) for a `--field`, `--word` or `--object` that names none of these sources, or an object of a drop. */
export function refuseStrayMapping(flags: InitFlags, sources: readonly string[]): void {
  const given = { "--field": flags.field, "--word": flags.word, "--object": flags.object };
  for (const [flag, texts] of Object.entries(given)) {
    for (const text of texts ?? []) {
      const owner = text.slice(0, text.indexOf("."));
      if (flag === "--object" && owner === "drop") {
        throw new UserError({ where: flag, found: "a file drop has no objects", fix: "name its columns with --field" });
      }
      if (!/^[\w-]+\.\w/.test(text) || sources.includes(owner)) continue;
      throw new UserError({ where: flag, found: `"${owner}" is none of the sources`, fix: suggest(owner, sources) });
    }
  }
}

/** What is wrong with a value of the configuration, by its own rules; undefined when it fits. */
export function problemWith(key: string, value: string): string | undefined {
  if (value === "") return "it is empty; write one here";
  const text = key === "fiscal_year_start" ? value : JSON.stringify(value);
  const setting = ["home", "schedule"].includes(key) ? `${key}: ${text}` : `reporting: { ${key}: ${text} }`;
  try {
    parseConfig(`${setting}\nsources: [{ name: drop, kind: files, path: drop }]`, "", {});
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.fix.split("\n")[0];
    throw error;
  }
}

/** The name of an environment variable that a flag gives. A value that looks like a secret itself is refused without being shown. */
export function variableName(flag: string, name: string): string {
  if (/^[A-Z_][A-Z0-9_]{0,63}$/.test(name)) return name;
  throw new UserError({
    where: flag,
    found: "this is not the name of an environment variable",
    fix: `give the variable's name in capitals, never the secret itself, like ${flag} HUBSPOT_TOKEN`,
  });
}

/** Throws UserError (exit 2) naming at once every flag that nobody is there to be asked for. */
export function refuseMissing(flags: InitFlags, env: Readonly<Record<string, string | undefined>>): void {
  const missing: UserError[] = [];
  const miss = (where: string, found: string, fix: string): void => {
    missing.push(new UserError({ where, found, fix }));
  };
  const kinds = flags.sources === undefined ? [] : kindsOf(flags.sources);
  if (flags.sources === undefined) {
    miss("--sources", "missing, and there is no terminal to ask at", `give some of ${sourceKinds.join(",")}`);
  }
  const secret = (kind: HouseSource["kind"], flag: string, given: string): void => {
    const name = variableName(flag, given);
    if (kinds.includes(kind) && (env[name] ?? "") === "") {
      const fix = `set ${name} in the environment or in the .env file beside the configuration, or name another with ${flag}`;
      miss(flag, `the environment variable ${name} is not set, which ${systemNames[kind]} needs`, fix);
    }
  };
  secret("hubspot", "--hubspot-token-env", flags.hubspotTokenEnv);
  secret("salesforce", "--salesforce-id-env", flags.salesforceIdEnv);
  secret("salesforce", "--salesforce-secret-env", flags.salesforceSecretEnv);
  secret("stripe", "--stripe-key-env", flags.stripeKeyEnv);
  if (
    flags.slackWebhookEnv !== undefined &&
    (env[variableName("--slack-webhook-env", flags.slackWebhookEnv)] ?? "") === ""
  ) {
    const fix = `set ${flags.slackWebhookEnv} in the environment or in the .env file beside the configuration`;
    miss("--slack-webhook-env", `the environment variable ${flags.slackWebhookEnv} is not set`, fix);
  }
  if (kinds.includes("salesforce") && flags.salesforceLoginUrl === undefined) {
    miss("--salesforce-login-url", "missing", "give the org's My Domain, like https://example.my.salesforce.com");
  }
  if (kinds.includes("files") && flags.drop === undefined) {
    miss("--drop", "missing", "give the folder of the exports, like ./drop");
  }
  const settings = {
    "--currency": [flags.currency, "currency", "like USD"],
    "--timezone": [flags.timezone, "timezone", "like America/New_York"],
    "--fiscal-year-start": [flags.fiscalYearStart, "fiscal_year_start", "a month from 1 to 12"],
    "--schedule": [flags.schedule, "schedule", 'like "15 2 * * *"'],
  } as const;
  for (const [flag, [given, key, example]] of Object.entries(settings)) {
    if (given === undefined) {
      if (flags.yes !== true) miss(flag, "missing", `give it, ${example}, or --yes for what is found or usual`);
      continue;
    }
    const problem = problemWith(key, given);
    if (problem !== undefined) miss(flag, `"${given}" does not fit`, problem);
  }
  const [first, ...others] = missing;
  if (first !== undefined) throw together([first, ...others]);
}
