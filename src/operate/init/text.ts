import { parseEnv } from "node:util";
import { stringify } from "yaml";
import { alertRules } from "../../config/schema.ts";
import { UserError } from "../../errors.ts";
import type { Plan, PlannedSource } from "./plan.ts";
import { hubspotScopes, systemNames } from "./sign-in.ts";

/** The name of the JSON Schema that is written beside a configuration. */
export const schemaFile = "attributary.schema.json";

const yaml = (value: object): string => stringify(value, { lineWidth: 110 });

const commented = (lines: readonly string[], indent = ""): string =>
  lines.map((line) => `${indent}# ${line}\n`).join("");

/** The text of the configuration, with a word on every part of it. */
export function configText(plan: Plan): string {
  const parts = [
    `# yaml-language-server: $schema=./${schemaFile}\n`,
    commented([
      "The configuration of Attributary. An editor with YAML support shows every other key from the schema above;",
      "docs/configuration.md has each with an example, and the Definitions page of the site says what each setting means.",
    ]),
    "\n",
    commented(["The folder of the log, the warehouses and the published site."]),
    yaml({ home: plan.home }),
    "\n",
    commented(["When `attributary schedule` refreshes: minute hour day month weekday, in the reporting zone."]),
    yaml({ schedule: plan.schedule }),
    "\n",
    commented(["Money is converted into this currency; days, quarters and years begin in this zone and month."]),
    yaml({ reporting: plan.reporting }),
    "\n",
    commented([
      "Your words for a partner's type, and ours: referral, co_sell, agency, integration, reseller, marketplace,",
      "services, affiliate. Any other word counts as other and is listed on the Data quality page.",
    ]),
    yaml({ partner_types: plan.partnerTypes }),
    "\n",
    commented([
      "What partners earn, in percent of what was collected. Without a plan nothing is earned and every payout counts as",
      "paid ahead. README.md has more; take the # of the next two lines away and put your own:",
      "commissions:",
      "  - { name: agency 10%, partner_type: agency, rate: 10, months: 12, hold_days: 30 }",
    ]),
    "\n",
    commented([
      "Where the data comes from. A value like ${HUBSPOT_TOKEN} is taken from the environment or from the .env file",
      "beside this one, which never belongs into version control.",
    ]),
    "sources:\n",
    ...plan.sources.map(sourceText),
    ...(plan.slackVariable === null ? [] : ["\n", alertsText(plan.slackVariable)]),
  ];
  return parts.join("");
}

/** Every rule that there is, told to one channel. */
function alertsText(variable: string): string {
  const about = commented([
    "Who hears of what, each thing once. docs/operations.md has the other kinds of channels; `attributary alerts --dry-run` shows",
    "what would go out.",
  ]);
  const channels = [{ name: "ops", kind: "slack", webhook_url: `\${${variable}}` }];
  const alerts = alertRules.map((rule) => ({ id: rule.replaceAll("_", "-"), rule, to: ["ops"] }));
  return about + yaml({ channels, alerts });
}

const sourceComments: Readonly<Record<PlannedSource["kind"], readonly string[]>> = Object.freeze({
  hubspot: [
    `A service key or private-app token with ${hubspotScopes.slice(0, 3).join(", ")},`,
    `${hubspotScopes.slice(3).join(", ")}.`,
  ],
  salesforce: [
    "An external client app with the client-credentials flow and the scope “Manage user data via APIs (api)”.",
  ],
  stripe: [
    "A restricted key with Read for Customers, Invoices, PaymentIntents, Charges and Refunds, Disputes, Events.",
  ],
  files: ["A folder with <entity>.csv, .ndjson or .parquet. `attributary doctor` tells what each column is taken for."],
});

function sourceText({ kind, keys }: PlannedSource): string {
  const [first = "", ...rest] = yaml(keys).trimEnd().split("\n");
  const lines = [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
  return `  # ${systemNames[kind]}\n${commented(sourceComments[kind], "  ")}${lines.join("\n")}\n`;
}

/** A `.env` file's text with these secrets in it; every other line stays as it is. Throws UserError for a value that no quotes hold. */
export function envText(before: string, secrets: ReadonlyMap<string, string>): string {
  const lines = before === "" ? [] : before.trimEnd().split("\n");
  for (const [name, value] of secrets) {
    const line = `${name}=${quoted(name, value)}`;
    const place = lines.findIndex((known) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(known));
    if (place === -1) lines.push(line);
    else lines[place] = line;
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function quoted(name: string, value: string): string {
  const ways = [value, `'${value}'`, `"${value}"`, `\`${value}\``];
  const way = ways.find((written) => parseEnv(`${name}=${written}\nAFTER=1`)[name] === value);
  if (way !== undefined) return way;
  throw new UserError({
    where: name,
    found: "this secret has every kind of quotes in it, so a .env file cannot hold it",
    fix: `set ${name} in the environment instead, and run \`attributary init\` again`,
  });
}

/** The environment variables that the configuration refers to. */
export function variablesOf(plan: Plan): readonly string[] {
  return [
    ...plan.sources.flatMap(({ variables }) => variables),
    ...(plan.slackVariable === null ? [] : [plan.slackVariable]),
  ];
}

/** The text of `.env.example`: the names that the configuration refers to and no value; lines that were there stay. */
export function exampleText(before: string, plan: Plan): string {
  const head =
    "# Secrets that attributary.yaml refers to as ${NAME}. Copy this file to .env (mode 600); git ignores it.\n";
  const known = parseEnv(before);
  const missing = variablesOf(plan).filter((name) => known[name] === undefined);
  return `${before === "" ? head : `${before.trimEnd()}\n`}${missing.map((name) => `${name}=\n`).join("")}`;
}

/** The text of `.gitignore` with lines for the secrets and the home, where it lies below the configuration. */
export function ignoreText(before: string, home: string): string {
  const isBelow = !home.startsWith("/") && !home.startsWith("..");
  const wanted = [".env", ...(isBelow ? [`${home.replace(/^\.\//, "").replace(/\/+$/, "")}/`] : [])];
  const lines = before.split("\n").map((line) => line.trim().replace(/^\//, ""));
  const missing = wanted.filter((line) => !lines.includes(line) && !lines.includes(line.replace(/\/$/, "")));
  const start = before === "" || before.endsWith("\n") ? before : `${before}\n`;
  return start + missing.map((line) => `${line}\n`).join("");
}
