import { z } from "zod";
import type { LoadedConfig } from "../../config/load.ts";
import type { Alert } from "../../config/schema.ts";
import type { Marts } from "../../models/marts.generated.ts";
import { openReadOnly } from "../../warehouse/database.ts";
import { kyselyOver } from "../../warehouse/dialect.ts";
import { type Home, publishedBuild } from "../home.ts";
import { readRecord, readStatus, replaceFile, statusFiles } from "../status.ts";
import { type AlertFacts, findMatters, type Restated } from "./find.ts";
import { DeliveryError, deliver, type Message } from "./send.ts";

const sentShape = z.object({
  format: z.literal(1),
  /** What went out, the latest last. */
  sent: z.array(z.object({ alert: z.string(), channel: z.string(), thing: z.string(), at: z.iso.datetime() })),
});

type Sent = z.output<typeof sentShape>["sent"];

// Things are named by moments and amounts and do not come back; this is years of them.
const sentKept = 5000;

/** A message to one channel, and what became of it. */
export interface AlertOutcome {
  readonly alert: string;
  readonly channel: string;
  readonly title: string;
  readonly items: readonly string[];
  /** `held` waits for the end of the cool-down; `due` would go out, in a dry run. */
  readonly state: "sent" | "due" | "held" | "failed";
  /** Why it failed. */
  readonly problem: string | null;
}

const titles: Readonly<Record<Alert["rule"], string>> = Object.freeze({
  run_failed: "Attributary: the refresh failed",
  check_failed: "Attributary: a check failed, so nothing was published",
  circuit_breaker: "Attributary: a source lost too much at once to be believed",
  source_stale: "Attributary: a source is out of date",
  restated_quarter: "Attributary: a closed quarter is no longer what was presented",
});

/**
 * Finds what people should hear of and tells each thing once per channel: what was told is kept in `alerts.json`, written
 * after every delivery. What cannot be delivered is tried again the next time.
 */
export async function runAlerts(options: {
  readonly loaded: LoadedConfig;
  readonly home: Home;
  readonly now: Date;
  /** Only look. */
  readonly isDry: boolean;
}): Promise<readonly AlertOutcome[]> {
  const { loaded, home, now, isDry } = options;
  const { config } = loaded;
  const status = await readStatus(home);
  if (status === null || config.alerts.length === 0) return [];
  const facts: AlertFacts = {
    status,
    restated: config.alerts.some((alert) => alert.rule === "restated_quarter") ? await readRestated(home) : [],
  };
  const file = statusFiles(home).alerts;
  const sent: Sent = [...((await readRecord(sentShape, file))?.sent ?? [])];
  const outcomes: AlertOutcome[] = [];
  for (const alert of config.alerts) {
    const matters = findMatters(alert, config, facts, now);
    for (const name of alert.to) {
      const before = sent.filter((item) => item.alert === alert.id && item.channel === name);
      const fresh = matters.filter(({ thing }) => before.every((item) => item.thing !== thing));
      const channel = config.channels.find((item) => item.name === name);
      if (fresh.length === 0 || channel === undefined) continue;
      const items = fresh.map(({ text }) => text);
      const outcome = { alert: alert.id, channel: name, title: titles[alert.rule], items, problem: null };
      const lastAt = Math.max(...before.map((item) => Date.parse(item.at)), Number.NEGATIVE_INFINITY);
      if (now.getTime() - lastAt < alert.cool_down_hours * 3_600_000) {
        outcomes.push({ ...outcome, state: "held" });
        continue;
      }
      if (isDry) {
        outcomes.push({ ...outcome, state: "due" });
        continue;
      }
      const message: Message = {
        alert: alert.id,
        rule: alert.rule,
        at: now.toISOString(),
        title: outcome.title,
        items,
      };
      try {
        await deliver(channel, message);
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        outcomes.push({ ...outcome, state: "failed", problem: error.message });
        continue;
      }
      sent.push(...fresh.map(({ thing }) => ({ alert: alert.id, channel: name, thing, at: message.at })));
      await replaceFile(file, `${JSON.stringify({ format: 1, sent: sent.slice(-sentKept) })}\n`);
      outcomes.push({ ...outcome, state: "sent" });
    }
  }
  return outcomes;
}

async function readRestated(home: Home): Promise<readonly Restated[]> {
  const build = await publishedBuild(home);
  if (build === undefined) return [];
  const database = await openReadOnly(build.warehouse);
  try {
    const rows = await kyselyOver<Marts>(database)
      .selectFrom("quality.issue")
      .select(["entity_key", "message", "amount_reporting_minor"])
      .where("check_id", "=", "restated_quarter")
      .orderBy("entity_key")
      .orderBy("message")
      .execute();
    const setting = await database.connect();
    const exponent = (await setting.row<{ exponent: number }>("select exponent from config.setting"))?.exponent ?? 2;
    setting.close();
    return rows.map(({ entity_key, message, amount_reporting_minor: amount }) => ({
      key: entity_key ?? "",
      message: message ?? "",
      amount: amount === null ? null : Number(amount) / 10 ** exponent,
    }));
  } finally {
    database.close();
  }
}

/** Outcomes as lines for people. */
export function alertLines(outcomes: readonly AlertOutcome[]): readonly string[] {
  const words = { sent: "sent", due: "would go out", held: "held until its cool-down is over", failed: "FAILED" };
  if (outcomes.length === 0) return ["nothing to tell"];
  return outcomes.flatMap(({ alert, channel, title, items, state, problem }) => [
    `alert ${alert} to ${channel}: ${words[state]}${problem === null ? "" : `, ${problem}`}`,
    `    ${title}`,
    ...items.map((item) => `    • ${item.replaceAll("\n", "\n      ")}`),
  ]);
}
