#!/usr/bin/env node
import { createRequire } from "node:module";
import path from "node:path";
import { Writable } from "node:stream";
import { Argument, Command, CommanderError, Option } from "commander";
import { withEnvFile } from "./config/env.ts";
import { type LoadedConfig, loadConfig, type Use } from "./config/load.ts";
import { secretsOf } from "./config/secrets.ts";
import { runSandbox } from "./demo.ts";
import { asStarted, type Effects, entriesOn, processEffects } from "./effects.ts";
import { type ExitCode, exitCode, UserError } from "./errors.ts";
import { alertLines, runAlerts } from "./operate/alerts/run.ts";
import { compareFormats, runCompare } from "./operate/compare.ts";
import { diffFormats, runDiff } from "./operate/diff.ts";
import { doctorLines, runDoctor } from "./operate/doctor.ts";
import { explainKinds, runExplain } from "./operate/explain.ts";
import { homeAt, nameAt, prepareHome, privately, useRightsOf } from "./operate/home.ts";
import { runInit } from "./operate/init/run.ts";
import { recordEnded, refreshAndPublish } from "./operate/pipeline.ts";
import { isQueryFormat, queryFormats, runQuery } from "./operate/query.ts";
import { endingAt, refreshApart, runSchedule, waitFor } from "./operate/schedule.ts";
import { writeScorecard } from "./operate/scorecard.ts";
import { serveSite } from "./operate/serve.ts";
import { checkCode, lastRunAt, readReport, removeHeartbeat, statusLines, writeHeartbeat } from "./operate/status.ts";
import { backup } from "./operate/upkeep/backup.ts";
import { prune } from "./operate/upkeep/prune.ts";
import { restore } from "./operate/upkeep/restore.ts";
import { backupLines, pruneLines, restoreLines } from "./operate/upkeep/words.ts";
import { hideExactly, hideSecrets } from "./secrets.ts";

const exitCodes = `
Exit codes:
  0 fine · 1 a defect of ours · 2 bad usage or configuration
  3 a source failed · 4 a check failed (in both cases the last good site stays)
  75 another refresh is running`;

/** Runs one command line; returns the exit code. Data goes to stdout, words for people to stderr. */
export async function main(words: readonly string[], world: Effects): Promise<number> {
  // What a command has learned of secrets is in nothing that it prints, whoever threw it.
  const secrets = new Set<string>();
  const hide = (text: string): string => hideSecrets(text, secrets);
  const stderr = hushed(world.stderr, hide);
  const effects: Effects = Object.freeze({
    ...world,
    stdout: hushed(world.stdout, (text) => hideExactly(text, secrets)),
    // A conversation is no log.
    ...(world.env.ATTRIBUTARY_LOG === "json" && words[0] !== "init"
      ? asEntries(world, stderr, hide, words)
      : { stderr }),
  });
  const started: Started = {};
  const tell = (line: string): void => {
    effects.stderr.write(`${asStarted(line, effects.env, started.config)}\n`);
  };
  effects.onCrash?.((error) => tell(defectWords(error)));
  try {
    const outcome: Outcome = { code: exitCode.fine };
    await makeProgram(effects, tell, outcome, secrets, started).parseAsync([...words], { from: "user" });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
    if (error instanceof UserError) {
      tell(`error: ${error.message}`);
      return error.exitCode;
    }
    tell(defectWords(error));
    return exitCode.defect;
  }
}

/** Words for people as entries of a log, which no display redraws and nobody answers. */
function asEntries(
  world: Effects,
  stderr: Writable,
  hide: (text: string) => string,
  words: readonly string[],
): Pick<Effects, "stderr" | "isTerminal" | "run"> {
  const run = nameAt(world.now());
  const write = entriesOn(stderr, { run, command: words[0] ?? "" }, world.now);
  const told = new Writable({
    decodeStrings: false,
    write: (chunk: unknown, _encoding, done) => {
      // In JSON a secret with a quote in it is spelled otherwise, and would not be found any more.
      write(hide(String(chunk)));
      done();
    },
  });
  return { stderr: told, isTerminal: false, run };
}

// The package names itself in the same way from a checkout and from what is installed.
const { version } = createRequire(import.meta.url)("attributary/package.json") as { readonly version: string };

function defectWords(error: unknown): string {
  return `a defect of attributary, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** How a command that ran to its end tells that something is wrong all the same. */
export interface Outcome {
  code: ExitCode;
}

/** How a command was started. */
interface Started {
  /** The configuration that it was given or, after a restore, that there is now; as it was written. */
  config?: string;
}

/** The commands with their flags. What runs one is asked for by `parseAsync`; `outcome` tells its exit code where nothing is thrown. */
export function makeProgram(
  effects: Effects,
  tell: (line: string) => void,
  outcome: Outcome,
  secrets: Set<string> = new Set(),
  started: Started = {},
): Command {
  const program = new Command("attributary")
    .description("Which partner brought or helped this money, and the proof of it.")
    .version(version, "-V, --version", "says which version this is")
    .exitOverride()
    .configureOutput({ writeOut: (text) => effects.stdout.write(text), writeErr: (text) => effects.stderr.write(text) })
    .addHelpText("after", exitCodes);

  const load = async (
    options: { readonly config: string },
    use: Use = "to read what is here",
  ): Promise<LoadedConfig> => {
    // Of the two configurations of a comparison the first one is the own.
    started.config ??= options.config;
    const file = path.resolve(effects.cwd, options.config);
    const loaded = await loadConfig(file, await withEnvFile(path.dirname(file), effects.env), use);
    for (const secret of secretsOf(loaded.config)) secrets.add(secret);
    return loaded;
  };
  const command = (name: string, about: string, examples: readonly string[]): Command =>
    program
      .command(name)
      .description(about)
      .option("--config <file>", "the configuration", "attributary.yaml")
      .addHelpText("after", `\nExamples:\n${examples.map((line) => `  attributary ${line}`).join("\n")}\n${exitCodes}`);

  const many = (text: string, texts: readonly string[] = []): readonly string[] => [...texts, text];

  command("init", "asks a few questions, looks at your accounts, writes the configuration and what belongs to it", [
    "init",
    "init --sources hubspot,stripe --yes --refresh",
    'init --sources files --drop ./drop --currency EUR --timezone Europe/Berlin --fiscal-year-start 4 --schedule "15 2 * * *"',
  ])
    .option("--sources <list>", "systems with commas between: hubspot, salesforce, stripe, files")
    .option("--hubspot-token-env <name>", "environment variable that holds the HubSpot key", "HUBSPOT_TOKEN")
    .option("--hubspot-url <url>", "base_url of HubSpot, for a proxy or a sandbox")
    .option("--salesforce-login-url <url>", "the org's My Domain, like https://example.my.salesforce.com")
    .option("--salesforce-id-env <name>", "environment variable that holds the consumer key", "SF_ID")
    .option("--salesforce-secret-env <name>", "environment variable that holds the consumer secret", "SF_SECRET")
    .option("--salesforce-url <url>", "base_url of Salesforce, for a proxy or a sandbox")
    .option("--salesforce-currency <code>", "the org's currency where it does not tell it")
    .option("--stripe-key-env <name>", "environment variable that holds the Stripe key", "STRIPE_KEY")
    .option("--stripe-url <url>", "base_url of Stripe, for a proxy or a sandbox")
    .option("--drop <folder>", "the folder of file drops, from where the configuration stands")
    .option("--currency <code>", "reporting currency")
    .option("--timezone <zone>", "reporting zone")
    .option("--fiscal-year-start <month>", "month in which the fiscal year begins, 1 to 12")
    .option("--schedule <cron>", "when `schedule` refreshes")
    .option("--slack-webhook-env <name>", "environment variable that holds a Slack webhook, for alerts")
    .option("--home <folder>", "where the log, the warehouses and the site go")
    .option("--field <map>", "a field of yours: hubspot.deals.partner_id=sourcing_partner; may be repeated", many)
    .option("--word <map>", "a word of yours: hubspot.partners.type:VENDOR=reseller; may be repeated", many)
    .option(
      "--object <map>",
      "an object of yours: salesforce.registrations=Deal_Registration__c; may be repeated",
      many,
    )
    .option("--partner-type <map>", 'a type of yours: "Solution Partner=agency"; may be repeated', many)
    .option("--save-env", "write secrets that the environment holds into .env as well, readable by you alone")
    .option("--yes", "ask nothing: take what is found, else what is usual")
    .option("--force", "replace a configuration that is there already")
    .option("--refresh", "refresh and publish when all is well")
    .option("--json", "print what was written and found as JSON on stdout")
    .action(async (options) => {
      started.config = options.config;
      const file = path.resolve(effects.cwd, options.config);
      const asTold = (text: string): string => asStarted(text, effects.env, started.config);
      const { report, code } = await runInit({ flags: options, file, effects, tell, asTold });
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      outcome.code = code;
    });

  command("refresh", "extract, build, check and publish", [
    "refresh",
    "refresh --source hubspot --full",
    "refresh --no-extract --as-of 2026-06-30",
  ])
    .option("--source <name>", "extract only this source; everything is built all the same")
    .option("--full", "read everything again instead of what changed")
    .option("--as-of <date>", "publish what was true at the end of this date, YYYY-MM-DD", parseDate)
    .option("--no-extract", "build from the log as it is")
    .option(
      "--accept-drop <stream>",
      "believe that a stream lost more than a fifth of its records, `deals` or `hubspot.deals`; may be repeated",
      (name: string, names: readonly string[] = []) => [...names, name],
    )
    .option("--json", "print the result as JSON on stdout")
    .action(async (options) => {
      if (!options.extract && (options.source !== undefined || options.full === true)) {
        const flag = options.source === undefined ? "--full" : "--source";
        throw new UserError({
          where: "refresh",
          found: `${flag} says what to read, and --no-extract that nothing is read`,
          fix: `leave out either ${flag} or --no-extract`,
        });
      }
      const report = await refreshAndPublish({
        loaded: await load(options, "to sign in"),
        effects,
        tell,
        ...options,
        noExtract: !options.extract,
      });
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      else tell(`published ${report.index}`);
    });

  command("doctor", "configuration, sources, permissions, fields, clock, quota, disk: what is wrong, how to mend it", [
    "doctor",
    "doctor --json",
  ])
    .option("--json", "print what was found as JSON on stdout")
    .action(async (options) => {
      const report = await runDoctor(await load(options, "to sign in"), effects);
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      else for (const line of doctorLines(report)) tell(line);
      if (!report.isWell) outcome.code = exitCode.source;
    });

  command("query", "read-only SQL on the published warehouse, which is all it can read", [
    'query "select * from marts.dim_partner limit 5"',
    'query "select * from metrics.value" --format parquet --out values.parquet',
  ])
    .argument("<sql>", "one select")
    .addOption(
      new Option("--format <format>", "how the rows are written; JSON has null for NaN and infinity")
        .choices([...queryFormats])
        .default("table"),
    )
    .option("--json", "the same as --format json")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (sql: string, options) => {
      const { home } = await load(options);
      const format = options.json === true ? "json" : options.format;
      if (!isQueryFormat(format)) throw new Error(`commander let the format ${String(format)} through`);
      const out = options.out === undefined ? {} : { out: path.resolve(effects.cwd, options.out) };
      await runQuery({ home: homeAt(home), sql, format, effects, ...out });
    });

  command("explain", "why a deal, partner or invoice stands as it does: evidence, rules, shares, cash, commission", [
    "explain deal hubspot:9876543210",
    "explain partner hubspot:9001",
    "explain invoice stripe:in_1Abc --json",
  ])
    .addArgument(new Argument("<kind>", "what the key names").choices([...explainKinds]))
    .argument("<key>", "its key in the warehouse, or its id in the one source that has it")
    .option("--json", "print the explanation as JSON")
    .action(async (word: string, key: string, options) => {
      const kind = explainKinds.find((known) => known === word);
      if (kind === undefined) throw new Error(`commander let the kind ${word} through`);
      const { home } = await load(options);
      await runExplain({ home: homeAt(home), kind, key, json: options.json === true, effects });
    });

  command("compare", "the same data under other rules: who gains, who loses, and the deals behind it", [
    "compare --with other.yaml",
    "compare --with other.yaml --as-of 2026-09-30 --format html --out comparison.html",
  ])
    .requiredOption("--with <file>", "the configuration with the other rules; nothing is read and nothing is published")
    .option(
      "--as-of <date>",
      "the date both are built for, YYYY-MM-DD; by default that of the published build",
      parseDate,
    )
    .addOption(new Option("--format <format>", "how it is written").choices([...compareFormats]).default("table"))
    .option("--json", "the same as --format json")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (options) => {
      const asOf = options.asOf === undefined ? {} : { asOf: options.asOf };
      const out = options.out === undefined ? {} : { out: options.out };
      await runCompare({
        loaded: await load(options),
        other: await load({ config: options.with }),
        effects,
        format: options.json === true ? "json" : options.format,
        ...asOf,
        ...out,
      });
    });

  command("export", "partner-safe packs, one folder a partner", [
    "export --partner hubspot:9001",
    "export --all --period 2026-Q3 --format html,csv,xlsx --out packs",
  ])
    .option("--partner <key>", "one partner: its key, or its id or name where no other has it")
    .option("--all", "every partner")
    .option(
      "--period <period>",
      "a month 2026-07, or a fiscal quarter 2026-Q3 or year 2026, named after the year the fiscal year ends in; what is written says its first and last day; the last closed quarter by default",
    )
    .option("--format <list>", "formats with commas between: html, csv, xlsx, parquet, arrow, pdf", "html,csv")
    .option("--out <folder>", "where to; <home>/exports/<period> by default")
    .option("--json", "print what was written as JSON on stdout")
    .action(async (options) => {
      const loaded = await load(options);
      if (options.out === undefined) await useRightsOf(homeAt(loaded.home), effects);
      // Only packs need the libraries of their formats, and each command would wait for those.
      const { exportCommand } = await import("./operate/export.ts");
      const written = await exportCommand({
        ...options,
        loaded,
        effects,
      });
      if (options.json === true) effects.stdout.write(`${JSON.stringify(written)}\n`);
      else
        tell(
          `wrote ${written.partners} ${written.partners === 1 ? "pack" : "packs"} for ${written.period} (${written.startsOn} to ${written.endsOn}) to ${written.folder}`,
        );
    });

  command("scorecard", "the QBR scorecard of a quarter: eight rows, actions and decisions on two printed pages", [
    "scorecard --period 2026-Q3",
    "scorecard --period 2026-Q3 --format html,pdf --out qbr --freeze",
  ])
    .option("--period <quarter>", "a fiscal quarter; the last closed one by default")
    .option("--format <list>", "formats with commas between: html, pdf", "html")
    .option("--out <folder>", "where to; <home>/exports/<period> by default")
    .option("--notes <file>", "the quarter's commentary; scorecards/<period>.md beside the configuration by default")
    .option("--freeze", "record the quarter as presented: its values and the rows behind them, for diff")
    .option("--by <name>", "who presents it; the user of the operating system by default")
    .option("--json", "print what was written as JSON on stdout")
    .action(async (options) => {
      const loaded = await load(options);
      // What is frozen stays in the home, wherever the pages go.
      if (options.out === undefined || options.freeze === true) await useRightsOf(homeAt(loaded.home), effects);
      const written = await writeScorecard({ ...options, loaded, effects });
      if (options.json === true) effects.stdout.write(`${JSON.stringify(written)}\n`);
      else {
        tell(`wrote ${written.files.join(", ")} to ${written.folder}`);
        if (written.frozen !== null) tell(`froze ${written.period} in ${written.frozen}`);
      }
    });

  command("diff", "what changed since a frozen quarter or an earlier build, row by row, with the reason", [
    "diff --frozen 2026-Q3",
    "diff --frozen 2026-Q3 --format csv --out changes.csv",
    "diff --from 20261004T021500Z-1a2b --period 2026-Q3 --json",
  ])
    .option("--frozen <period>", "the latest record of this period, against the published build")
    .option("--from <run>", "an earlier build; by default the one published before")
    .option("--to <run>", "a later build; the published one by default")
    .option("--period <period>", "only this period of two builds: a month, quarter or year")
    .addOption(new Option("--format <format>", "how it is written").choices([...diffFormats]).default("table"))
    .option("--json", "the same as --format json")
    .option("--out <file>", "write to this file instead of stdout")
    .action(async (options) => {
      await runDiff({
        ...options,
        loaded: await load(options),
        effects,
        format: options.json === true ? "json" : options.format,
      });
    });

  command("schedule", "refresh on the configuration's cron line, in the reporting zone", ["schedule"]).action(
    async (options) => {
      const loaded = await load(options, "to sign in");
      const home = homeAt(loaded.home);
      await useRightsOf(home, effects);
      await prepareHome(home);
      const ending = endingAt(effects.now);
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, ending.ask);
      await runSchedule({
        line: loaded.config.schedule,
        timezone: loaded.config.reporting.timezone,
        clock: { now: effects.now, wait: waitFor },
        lastRunAt: await lastRunAt(home),
        limitMinutes: loaded.config.run_limit_minutes,
        run: (signal) => refreshApart(loaded.file, effects, signal),
        record: (startedAt, error) => recordEnded({ loaded, effects, tell }, startedAt, error),
        tell,
        beat: (heartbeat) => writeHeartbeat(home, heartbeat, process.pid),
        fallSilent: () => removeHeartbeat(home, process.pid),
        signal: ending.stop,
        hurry: ending.hurry,
      });
    },
  );

  command("status", "the last runs, the next one, how old each source is, and what is failing", [
    "status",
    "status --check --json",
  ])
    .option("--check", "end as the last run did, or with 3 when a source is failing or stale")
    .option("--json", "print the status as JSON on stdout")
    .action(async (options) => {
      const loaded = await load(options);
      const report = await readReport(loaded, homeAt(loaded.home), effects.now());
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      else for (const line of statusLines(report, loaded.config.reporting.timezone, effects.now())) tell(line);
      if (options.check === true) outcome.code = checkCode(report);
    });

  command("alerts", "tell what people should hear of to the channels that are configured, each thing once", [
    "alerts --dry-run",
    "alerts",
  ])
    .option("--dry-run", "show what would go out, and send nothing")
    .option("--json", "print what was found and what became of it as JSON on stdout")
    .action(async (options) => {
      const isDry = options.dryRun === true;
      const loaded = await load(options, isDry ? "to read what is here" : "to sign in");
      await useRightsOf(homeAt(loaded.home), effects);
      const ran = await runAlerts({ loaded, home: homeAt(loaded.home), now: effects.now(), isDry });
      if (options.json === true) {
        effects.stdout.write(`${JSON.stringify(ran.outcomes)}\n`);
        for (const problem of ran.problems) tell(`FAIL ${problem}`);
      } else for (const line of alertLines(ran, loaded.config.alerts.length > 0)) tell(line);
      if (ran.problems.length > 0 || ran.outcomes.some(({ state }) => state === "failed")) {
        outcome.code = exitCode.source;
      }
    });

  command(
    "backup",
    "a folder with the log, the configuration without secrets, drops, own code, commentary, frozen quarters and state",
    ["backup --out /mnt/backups --keep 14", "backup --dry-run --json"],
  )
    .option(
      "--out <folder>",
      "the folder that gets a folder for each backup, named after its moment; <home>/backups by default, better on another disk",
    )
    .option("--keep <number>", "how many backups stay in that folder, this one among them; all by default", parseKeep)
    .option("--no-drops", "leave out the files of drops")
    .option("--dry-run", "say what would be written and removed, and do neither")
    .option("--json", "print the result as JSON on stdout")
    .addHelpText(
      "after",
      `
A refresh may be running meanwhile: what it had committed at one moment is in the backup. manifest.json has the size and the
SHA-256 of every file; a backup has its name only once all of it was written and read back. In it are the log, the configuration,
the commentary, frozen quarters, the folder that \`extend\` names, and of each drop the files that a refresh reads. The values of
environment variables, .env, builds, the site and exports are not in it: the site is built anew from the log.`,
    )
    .action(async (options) => {
      effects.umask?.(privately);
      const report = await backup({
        loaded: await load(options),
        now: effects.now(),
        isDry: options.dryRun === true,
        withoutDrops: options.drops === false,
        wait: waitBriefly,
        ...(options.out === undefined ? {} : { out: path.resolve(effects.cwd, options.out) }),
        ...(options.keep === undefined ? {} : { keep: options.keep }),
      });
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      else for (const line of backupLines(report)) tell(line);
    });

  program
    .command("restore")
    .description("puts a backup into a folder, proved by its checksums before and after")
    .argument("<backup>", "the folder of one backup, the one with manifest.json in it")
    .option("--to <folder>", "the folder that gets the configuration; where this is run by default")
    .option("--home <folder>", "another home than the configuration of the backup names, from --to on")
    .option("--force", "move what is there already aside, to <home>/replaced-<moment>; nothing is removed")
    .option("--dry-run", "hold the backup against its checksums and say what would go where, and write nothing")
    .option("--json", "print the result as JSON on stdout")
    .addHelpText(
      "after",
      `
Put the secrets in place again (.env or the environment), then \`attributary refresh --no-extract\` publishes what the backup holds.
A drop, and the folder that \`extend\` names, go where the configuration has them if that is below its own folder. One that was
elsewhere goes to drops/<source> or extend below --to, and the restored configuration says so: nothing outside is written.
Cut off at any moment, the same call goes on where it was; until then no refresh begins.

Examples:
  attributary restore /mnt/backups/20261121T020000Z-1a2b --to /srv/attributary
  attributary restore /mnt/backups/20261121T020000Z-1a2b --dry-run
  attributary restore /mnt/backups/20261121T020000Z-1a2b --force
${exitCodes}`,
    )
    .action(async (folder: string, options) => {
      effects.umask?.(privately);
      const report = await restore({
        backup: path.resolve(effects.cwd, folder),
        to: path.resolve(effects.cwd, options.to ?? "."),
        force: options.force === true,
        isDry: options.dryRun === true,
        now: effects.now(),
        ...(options.home === undefined ? {} : { home: options.home }),
      });
      started.config = path.relative(effects.cwd, report.config);
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      else for (const line of restoreLines(report)) tell(line);
    });

  command(
    "prune",
    "drops builds, and versions of records that nothing needs any more, and makes the log's file small again",
    ["prune --dry-run", "prune --json"],
  )
    .option("--dry-run", "say what would be dropped, and drop nothing")
    .option("--json", "print the result as JSON on stdout")
    .addHelpText(
      "after",
      `
retention.builds (3) says how many published builds stay, retention.versions_days (never, when left out) how old a superseded
version of a record may get. Of every record stay the first version, the latest one, and each that counted on a day that is younger
or in a quarter that was presented; labels of associations, rates and descriptions of fields stay as they are. So every build as of
today, of a date within the days, and of a presented quarter comes out the same; an earlier --as-of is refused. The log is written
anew aside and held against the old one before it takes its place. No refresh may be running; one that begins meanwhile ends with 75.`,
    )
    .action(async (options) => {
      const loaded = await load(options);
      await useRightsOf(homeAt(loaded.home), effects);
      const report = await prune({
        loaded,
        now: effects.now(),
        isDry: options.dryRun === true,
        tell,
      });
      if (options.json === true) effects.stdout.write(`${JSON.stringify(report)}\n`);
      else for (const line of pruneLines(report)) tell(line);
    });

  command("serve", "the published site on loopback, for browsers that block local files", ["serve --port 8080"])
    .option("--port <number>", "port; 0 for any free one", parsePort, 8080)
    .action(async (options) => {
      const { home } = await load(options);
      const { url } = await serveSite(homeAt(home), options.port);
      tell(`serving ${url} (Ctrl-C ends it)`);
    });

  program
    .command("sandbox")
    .description("a synthetic company over the HubSpot, Salesforce and Stripe protocols on loopback")
    .option(
      "--home <folder>",
      "where the configuration it writes, its file drop and its site go",
      ".attributary/sandbox",
    )
    .option("--seed <number>", "another seed makes another company", parseSeed, 1)
    .option(
      "--port <number>",
      "the first of three ports in a row; by default those of the last time, or free ones",
      parseSandboxPort,
    )
    .option("--demo", "serve it, refresh once from it, publish the site, and end")
    .option("--json", "print where it is served, or what the demo published, as JSON on stdout")
    .addHelpText("after", `\nExamples:\n  attributary sandbox\n  attributary sandbox --demo --seed 7\n${exitCodes}`)
    .action(async (options) => {
      effects.umask?.(privately);
      await runSandbox({
        folder: path.resolve(effects.cwd, options.home),
        seed: options.seed,
        ...(options.port === undefined ? {} : { port: options.port }),
        demo: options.demo === true,
        json: options.json === true,
        effects,
        tell,
      });
    });
  return program;
}

function parseDate(text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
  if (isDate && text >= "1970-01-01" && text < "2200-01-01") return text;
  throw new UserError({
    where: "--as-of",
    found: `"${text}" is not a date`,
    fix: "write it as YYYY-MM-DD, from 1970 to 2199, like 2026-06-30",
  });
}

/** A stream on which texts are told in other words; all else is its own. */
function hushed(stream: Writable, told: (text: string) => string): Writable {
  const original = stream.write;
  let write: unknown = (chunk: unknown, ...rest: readonly unknown[]): unknown =>
    Reflect.apply(original, stream, [typeof chunk === "string" ? told(chunk) : chunk, ...rest]);
  return new Proxy(stream, {
    // A progress display puts a `write` of its own in the place of this one and ends by calling it: it must not find itself behind it.
    set(target, name, value) {
      if (name !== "write") return Reflect.set(target, name, value, target);
      write = value;
      return true;
    },
    get(target, name) {
      if (name === "write") return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function waitBriefly(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function parseKeep(text: string): number {
  const keep = Number(text);
  if (Number.isInteger(keep) && keep >= 1) return keep;
  throw new UserError({ where: "--keep", found: `"${text}" keeps no backup`, fix: "give a whole number from 1 up" });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UserError({ where: "--port", found: `"${text}" is not a port`, fix: "give a number from 0 to 65535" });
}

function parseSandboxPort(text: string): number {
  const port = parsePort(text);
  if (port > 0 && port <= 65_533) return port;
  throw new UserError({ where: "--port", found: `"${text}" leaves no room for three ports`, fix: "give 1 to 65533" });
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0) return seed;
  throw new UserError({ where: "--seed", found: `"${text}" is not a seed`, fix: "give a whole number from 0 up" });
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), processEffects());
