import { access, rename } from "node:fs/promises";
import { z } from "zod";
import type { LoadedConfig } from "../../config/load.ts";
import { type Alert, type AlertRule, alertThresholds, type Channel, type Config } from "../../config/schema.ts";
import { needWritable } from "../../folders.ts";
import { todayIn } from "../../models/settings.ts";
import type { Tables } from "../../reports/tables.ts";
import { openReadOnly } from "../../warehouse/database.ts";
import { kyselyOver } from "../../warehouse/dialect.ts";
import { type Home, publishedBuild } from "../home.ts";
import { readRecord, readStatus, replaceFile, statusFiles } from "../status.ts";
import { aloneWith } from "../upkeep/lock.ts";
import { findMatters, isOperation, type Matter, type Restated, thresholdOf } from "./find.ts";
import { findProgramMatters, type ProgramFacts, readProgram } from "./program.ts";
import { DeliveryError, deliver, type Message, type Section } from "./send.ts";

const sentShape = z.object({
  format: z.literal(1),
  /** What went out, the latest last. */
  sent: z.array(z.object({ alert: z.string(), channel: z.string(), thing: z.string(), at: z.iso.datetime() })),
});

type Sent = z.output<typeof sentShape>["sent"][number];

// What is no longer found may be found again for a while; this is years of it. What is still found is kept for ever.
const goneKept = 5000;

/** A message to one channel, and what became of it. */
export interface AlertOutcome {
  readonly alert: string;
  readonly rule: AlertRule;
  /** The name of a channel, or `owner <name>` for a person's own part of a digest. */
  readonly channel: string;
  readonly title: string;
  readonly items: readonly string[];
  /** The same with why each goes out: its record, its value and the threshold. */
  readonly matters: readonly Omit<Matter, "thing">[];
  /** `held` waits for the end of the cool-down; `due` would go out, in a dry run. */
  readonly state: "sent" | "due" | "held" | "failed";
  /** Why it failed. */
  readonly problem: string | null;
}

/** What became of all alerts, and what kept some of them from being looked at. */
export interface AlertRun {
  readonly outcomes: readonly AlertOutcome[];
  readonly problems: readonly string[];
}

const titles: Readonly<Record<AlertRule, string>> = Object.freeze({
  run_failed: "Attributary: the refresh failed",
  check_failed: "Attributary: a check failed, so nothing was published",
  circuit_breaker: "Attributary: a source lost too much at once to be believed",
  source_stale: "Attributary: a source is out of date",
  restated_quarter: "Attributary: a closed quarter is no longer what was presented",
  registration_past_sla: "Attributary: registrations wait for a decision past their time",
  protection_expiring: "Attributary: the protection of registrations is about to end",
  partner_dormant: "Attributary: partners have gone quiet",
  deal_stuck: "Attributary: deals that partners brought stand still",
  certification_lapsing: "Attributary: certifications are about to lapse",
  tier_line_near: "Attributary: partners are near the line of the next tier",
  new_conflict: "Attributary: several partners claim the same",
});

/** What alerts are told with. */
export interface AlertOptions {
  readonly loaded: LoadedConfig;
  readonly home: Home;
  readonly now: Date;
  /** Only look. */
  readonly isDry: boolean;
}

/**
 * Finds what people should hear of and tells each thing once per channel: what was told is kept in `alerts.json`, written
 * after every delivery. What cannot be delivered is tried again the next time. Throws UserError (exit 75) while another
 * process is telling.
 */
export async function runAlerts(options: AlertOptions): Promise<AlertRun> {
  const { loaded, home, isDry } = options;
  if (loaded.config.alerts.length === 0) return { outcomes: [], problems: [] };
  const isAnythingThere = await isThere(home.folder);
  if (isDry || !isAnythingThere) return tell(options);
  await needWritable(home.folder);
  // Two that read the same record would both tell what neither has told yet.
  const lock = `${statusFiles(home).alerts}.lock`;
  const busy = {
    where: lock,
    found: "another process is telling what is to be told",
    fix: "wait until it is done; nothing is lost by it",
  };
  return aloneWith(lock, busy, () => tell(options));
}

async function tell({ loaded, home, now, isDry }: AlertOptions): Promise<AlertRun> {
  const { config } = loaded;
  const file = statusFiles(home).alerts;
  const { found, problems } = await findAll(config, home, now);
  const record = await readSent(file, isDry);
  let sent: readonly Sent[] = record.sent;
  const outcomes: AlertOutcome[] = [];
  for (const alert of config.alerts) {
    const matters = found.get(alert.id) ?? [];
    for (const { name, channel, owner } of destinationsOf(alert, config, matters)) {
      const mine = owner === null ? matters : matters.filter((matter) => matter.owner === owner);
      const before = sent.filter((item) => item.alert === alert.id && item.channel === name);
      const told = new Set(before.map(({ thing }) => thing));
      const fresh = mine.filter(({ thing }) => !told.has(thing));
      if (fresh.length === 0) continue;
      const message = messageOf(alert, fresh, now);
      const { title, items, matters: why } = message;
      const outcome = { alert: alert.id, rule: alert.rule, channel: name, title, items, matters: why, problem: null };
      const lastAt = Math.max(...before.map((item) => Date.parse(item.at)), Number.NEGATIVE_INFINITY);
      if (now.getTime() - lastAt < alert.cool_down_hours * 3_600_000) {
        outcomes.push({ ...outcome, state: "held" });
        continue;
      }
      if (isDry) {
        outcomes.push({ ...outcome, state: "due" });
        continue;
      }
      try {
        await deliver(channel, message);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        outcomes.push({ ...outcome, state: "failed", problem: error.message });
        continue;
      }
      sent = [...sent, ...fresh.map(({ thing }) => ({ alert: alert.id, channel: name, thing, at: message.at }))];
      await replaceFile(file, `${JSON.stringify({ format: 1, sent: keptOf(sent, found) })}\n`);
      outcomes.push({ ...outcome, state: "sent" });
    }
  }
  return { outcomes, problems: [...problems, ...record.problems] };
}

/** What every alert finds now, by its id. */
async function findAll(
  config: Config,
  home: Home,
  now: Date,
): Promise<{ readonly found: ReadonlyMap<string, readonly Matter[]>; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const status = await readStatus(home);
  const files = statusFiles(home);
  if (status === null && (await isThere(files.status))) {
    problems.push(
      `${files.status} cannot be read, so failed runs and stale sources are not known of; the next refresh writes it anew`,
    );
  }
  const found = new Map<string, readonly Matter[]>();
  await withPublished(config, home, now, async ({ restated, program }) => {
    for (const alert of config.alerts) {
      const { rule } = alert;
      const threshold = thresholdOf(alert, config) ?? 0;
      if (isOperation(rule)) found.set(alert.id, findMatters(rule, threshold, config, { status, restated }, now));
      else if (program !== null) found.set(alert.id, await findProgramMatters(rule, threshold, program, now));
    }
  });
  return { found, problems };
}

interface Published {
  readonly restated: readonly Restated[];
  /** Null where nothing is published, or something of the past. */
  readonly program: ProgramFacts | null;
}

/** Opens the published build for as long as its facts are asked for, and not at all where no alert asks. */
async function withPublished(
  config: Config,
  home: Home,
  now: Date,
  work: (published: Published) => Promise<void>,
): Promise<void> {
  const asks = config.alerts.some(({ rule }) => rule === "restated_quarter" || !isOperation(rule));
  const build = asks ? await publishedBuild(home) : undefined;
  if (build === undefined) return work({ restated: [], program: null });
  const database = await openReadOnly(build.warehouse);
  try {
    const db = kyselyOver<Tables>(database);
    const restated = await readRestated(db);
    if (config.alerts.every(({ rule }) => isOperation(rule))) return await work({ restated, program: null });
    const program = await readProgram(db);
    // What was built as of an earlier day tells of that day, and nobody is to act on it now.
    const { isAsOfExplicit, asOf, timezone } = program.settings;
    const isPast = isAsOfExplicit && asOf < todayIn(timezone, now);
    return await work({ restated, program: isPast ? null : program });
  } finally {
    database.close();
  }
}

interface Destination {
  readonly name: string;
  readonly channel: Channel;
  /** Whose part goes there; null for everything. */
  readonly owner: string | null;
}

/** Everything goes to the channels that the alert names, and to each owner who has a place of their own what is theirs. */
function destinationsOf(alert: Alert, config: Config, matters: readonly Matter[]): readonly Destination[] {
  const channelOf = (name: string): readonly Channel[] => config.channels.filter((channel) => channel.name === name);
  const mail = config.channels.find((channel) => channel.kind === "smtp");
  const owners = new Set(matters.map(({ owner }) => owner));
  return [
    ...alert.to.flatMap((name) => channelOf(name).map((channel) => ({ name, channel, owner: null }))),
    ...Object.entries(config.owners).flatMap(([owner, target]): readonly Destination[] => {
      if (!owners.has(owner) || alert.to.includes(target)) return [];
      const isAddress = target.includes("@");
      const own = isAddress ? (mail === undefined ? [] : [{ ...mail, recipients: [target] }]) : channelOf(target);
      return own.map((channel) => ({ name: `owner ${owner}`, channel, owner }));
    }),
  ];
}

function messageOf(alert: Alert, matters: readonly Matter[], now: Date): Message {
  const owned = Map.groupBy(matters, ({ owner }) => owner);
  const people = [...owned.keys()].filter((owner) => owner !== null).sort();
  const section = (owner: string | null, name: string): Section => ({
    owner: name,
    items: (owned.get(owner) ?? []).map(({ text }) => text),
  });
  return {
    alert: alert.id,
    rule: alert.rule,
    at: now.toISOString(),
    title: titles[alert.rule],
    items: matters.map(({ text }) => text),
    sections: isOperation(alert.rule)
      ? []
      : [
          ...people.map((owner) => section(owner, owner)),
          ...(owned.has(null) ? [section(null, "Nobody is named for these")] : []),
        ],
    matters: matters.map(({ thing: _, ...matter }) => matter),
  };
}

/** What is still found, for it would be told anew, and the latest of the rest. */
function keptOf(sent: readonly Sent[], found: ReadonlyMap<string, readonly Matter[]>): readonly Sent[] {
  const things = new Map([...found].map(([id, matters]) => [id, new Set(matters.map(({ thing }) => thing))]));
  const isFound = ({ alert, thing }: Sent): boolean => things.get(alert)?.has(thing) === true;
  const gone = sent.filter((item) => !isFound(item));
  const dropped = new Set(gone.slice(0, Math.max(0, gone.length - goneKept)));
  return sent.filter((item) => !dropped.has(item));
}

/** What was told before. A record that cannot be read is put aside, so that it can be looked at. */
async function readSent(
  file: string,
  isDry: boolean,
): Promise<{ readonly sent: readonly Sent[]; readonly problems: readonly string[] }> {
  const record = await readRecord(sentShape, file);
  if (record !== null || !(await isThere(file))) return { sent: record?.sent ?? [], problems: [] };
  const aside = `${file}.unreadable`;
  if (!isDry) await rename(file, aside);
  const problem = `${file} cannot be read, so what was told before is told once more${isDry ? "" : `; it is now ${aside}`}`;
  return { sent: [], problems: [problem] };
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function readRestated(db: ProgramFacts["db"]): Promise<readonly Restated[]> {
  const rows = await db
    .selectFrom("quality.issue")
    .select(["entity_key", "message", "amount_reporting_minor"])
    .where("check_id", "=", "restated_quarter")
    .orderBy("entity_key")
    .orderBy("message")
    .execute();
  const setting = await db.selectFrom("config.setting").select("exponent").executeTakeFirst();
  return rows.map(({ entity_key: key, message, amount_reporting_minor: amount }) => ({
    key,
    message,
    amount: amount === null ? null : Number(amount) / 10 ** (setting?.exponent ?? 2),
  }));
}

/** Outcomes as lines for people: what goes where, and why. */
export function alertLines({ outcomes, problems }: AlertRun, isAnyConfigured: boolean): readonly string[] {
  const words = { sent: "sent", due: "would go out", held: "held until its cool-down is over", failed: "FAILED" };
  if (!isAnyConfigured)
    return ["no alert is configured, so nobody is told of anything: see `alerts` in docs/configuration.md"];
  if (outcomes.length === 0 && problems.length === 0) return ["nothing to tell"];
  return [
    ...problems.map((problem) => `FAIL ${problem}`),
    ...outcomes.flatMap(({ alert, rule, channel, title, matters, state, problem }) => [
      `alert ${alert} to ${channel}: ${words[state]}${problem === null ? "" : `, ${problem}`}`,
      `    ${title}`,
      ...matters.flatMap((matter) => [
        `    • ${matter.text.replaceAll("\n", "\n      ")}`,
        `      why: ${whyOf(rule, matter)}`,
      ]),
    ]),
  ];
}

/** The rule, what was held against its threshold, the record under its id in its own system, and who is to act. */
function whyOf(rule: AlertRule, { value, threshold, record, owner }: Omit<Matter, "thing">): string {
  const { counted, told } = rule === "circuit_breaker" ? { counted: "", told: "" } : alertThresholds[rule];
  const measure = threshold === null ? [] : [`${value ?? "not known"} (${counted}), told ${told} ${threshold}`];
  const colon = record.indexOf(":");
  const place =
    isOperation(rule) || colon === -1 ? record : `record ${record.slice(colon + 1)} in ${record.slice(0, colon)}`;
  return [`rule ${rule}`, ...measure, place, ...(owner === null ? [] : [`for ${owner}`])].join("; ");
}
