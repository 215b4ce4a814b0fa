import { chmod, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { withEnvFile } from "../../config/env.ts";
import { loadConfig, parseConfig } from "../../config/load.ts";
import type { Effects } from "../../effects.ts";
import { type ExitCode, exitCode, messageOf, UserError } from "../../errors.ts";
import { lookAtPartnerIds, survey, surveyHeads, surveyObject } from "../../extract/sources.ts";
import { transportEffects } from "../../extract/transport.ts";
import { makeFolder } from "../../folders.ts";
import { type DoctorReport, doctorCode, doctorLines, runDoctor } from "../doctor.ts";
import { generateJsonSchema } from "../generate.ts";
import { refreshAndPublish } from "../pipeline.ts";
import type { RefreshReport } from "../refresh.ts";
import { type InitFlags, refuseMissing, variableName } from "./flags.ts";
import { makePlan, type Plan } from "./plan.ts";
import { askNobody, askPerson, type Questions } from "./questions.ts";
import { configText, envText, exampleText, ignoreText, schemaFile, variablesOf } from "./text.ts";

export interface InitOptions {
  readonly flags: InitFlags;
  /** The configuration to write, absolute. */
  readonly file: string;
  readonly effects: Effects;
  readonly tell: (line: string) => void;
  /** A text for people with the program called as it was started. */
  readonly asTold: (text: string) => string;
}

/** What `init` wrote and found. */
export interface InitReport {
  readonly config: string;
  /** Every file that was written or added to, absolute. */
  readonly files: readonly string[];
  readonly doctor: DoctorReport;
  /** The first refresh, when there was one. */
  readonly refresh: RefreshReport | null;
}

/**
 * Sets a folder up: asks (or takes the flags), looks at each account, writes the configuration with its schema, `.env`,
 * `.env.example` and `.gitignore`, and has the doctor look at the outcome. Nothing is written before the last question
 * is answered. Throws UserError (exit 2) for flags that are missing, a configuration that is there already, and a
 * conversation that was stopped; exit 3 for an account that does not answer when nobody is there to be asked.
 */
export async function runInit(options: InitOptions): Promise<{ readonly report: InitReport; readonly code: ExitCode }> {
  const { flags, file, effects, tell } = options;
  const folder = path.dirname(file);
  const env = await withEnvFile(folder, effects.env);
  for (const [flag, name] of [
    ["--hubspot-token-env", flags.hubspotTokenEnv],
    ["--salesforce-id-env", flags.salesforceIdEnv],
    ["--salesforce-secret-env", flags.salesforceSecretEnv],
    ["--stripe-key-env", flags.stripeKeyEnv],
    ["--slack-webhook-env", flags.slackWebhookEnv ?? "UNSET"],
  ] as const) {
    variableName(flag, name);
  }
  const isAsked = effects.stdin !== undefined && flags.yes !== true;
  if (!isAsked) refuseMissing(flags, env);
  const questions =
    isAsked && effects.stdin !== undefined
      ? await askPerson(effects.stdin, effects.stderr, options.asTold)
      : askNobody(tell);
  questions.begin("Attributary: which partner brought or helped this money");
  await refuseOverwriting(file, flags, questions);
  const world = transportEffects(effects.now);
  const planned = await makePlan({
    flags,
    questions,
    env,
    survey: (source) => survey(source, folder, world),
    surveyObject: (source, object) => surveyObject(source, world, object),
    lookAtPartnerIds: (source, named) => lookAtPartnerIds(source, world, named),
    surveyHeads: (source) => surveyHeads(source, folder),
  });
  const found = flags.saveEnv === true ? variablesOf(planned).map((name) => [name, env[name] ?? ""] as const) : [];
  const plan = { ...planned, secrets: new Map([...found, ...planned.secrets].filter(([, value]) => value !== "")) };
  const text = configText(plan);
  // The configuration's own rules have the last word before anything is written.
  parseConfig(text, path.basename(file), { ...env, ...Object.fromEntries(plan.secrets) });
  if (!(await questions.yes({ message: `Write ${path.basename(file)} and what belongs to it?`, initial: true }))) {
    throw stopped();
  }
  const files = await writeAll(file, text, plan);
  questions.say(["wrote:", ...files.map((each) => path.relative(effects.cwd, each))].join("\n  "));

  const kept = await withEnvFile(folder, {});
  const loose = variablesOf(plan).filter((name) => (kept[name] ?? "") === "");
  if (loose.length > 0) {
    const [is, it] = loose.length === 1 ? ["is", "it"] : ["are", "them"];
    questions.say(
      `${loose.join(", ")} ${is} in the environment and in no file: every refresh needs ${it} there. \`attributary init --force --save-env\` writes ${it} into .env.`,
    );
  }
  for (const [name, value] of plan.secrets) {
    if ((effects.env[name] ?? "") === "" || effects.env[name] === value) continue;
    questions.say(`${name} is set in the environment too, which goes before .env: unset it there.`);
  }
  const loaded = await loadConfig(file, { ...env, ...Object.fromEntries(plan.secrets) });
  const doctor = await runDoctor(loaded, effects);
  questions.say(doctorLines(doctor).join("\n"));
  const done = { config: file, files, doctor, refresh: null };
  if (!doctor.isWell) {
    questions.end("Mend what the doctor found, then run `attributary doctor` again.");
    return { report: done, code: doctorCode(doctor) };
  }
  const refreshes =
    flags.refresh ??
    (isAsked && (await questions.yes({ message: "Refresh now, and publish the site?", initial: true })));
  if (!refreshes) {
    questions.end("`attributary refresh` publishes the site.\n   `attributary schedule` does so by itself.");
    return { report: done, code: exitCode.fine };
  }
  const refresh = await refreshAndPublish({ loaded, effects, tell });
  questions.end(`published, open it by double click: ${refresh.index}`);
  return { report: { ...done, refresh }, code: exitCode.fine };
}

const stopped = (): UserError =>
  new UserError({
    where: "init",
    found: "stopped before the end, so nothing was written",
    fix: "run `attributary init` again",
  });

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new UserError({
      where: file,
      found: `it is there and cannot be read (${messageOf(error)})`,
      fix: "make it readable, or name another configuration with --config",
    });
  });
}

async function refuseOverwriting(file: string, flags: InitFlags, questions: Questions): Promise<void> {
  const schema = path.join(path.dirname(file), schemaFile);
  const config = await textOf(file);
  const isOwnSchema = /^\s*\{\s*"title":\s*"attributary\.yaml"/.test(
    (await textOf(schema)) ?? '{"title":"attributary.yaml"',
  );
  const inTheWay = [...(config === undefined ? [] : [file]), ...(isOwnSchema ? [] : [schema])];
  if (inTheWay.length === 0 || flags.force === true) return;
  if (questions.isAsked) {
    const names = inTheWay.map((each) => path.basename(each)).join(" and ");
    if (await questions.yes({ message: `${names} is there already. Replace it?`, initial: false })) return;
    throw stopped();
  }
  throw new UserError({
    where: inTheWay.join(", "),
    found: "it is there already",
    fix: "give --force to replace it, or --config another.yaml to write beside it",
  });
}

/** Writes every file aside first and then puts them in place, the configuration last: stopped halfway, none of it counts. */
async function writeAll(file: string, text: string, plan: Plan): Promise<readonly string[]> {
  const folder = path.dirname(file);
  await makeFolder(folder, "name another place with --config");
  const at = (name: string): string => path.join(folder, name);
  const before = async (name: string): Promise<string> => (await textOf(at(name))) ?? "";
  const wanted = [
    ...(plan.secrets.size === 0
      ? []
      : [{ file: at(".env"), text: envText(await before(".env"), plan.secrets), mode: 0o600 }]),
    { file: at(".env.example"), text: exampleText(await before(".env.example"), plan), mode: 0o644 },
    { file: at(".gitignore"), text: ignoreText(await before(".gitignore"), plan.home), mode: 0o644 },
    { file: at(schemaFile), text: generateJsonSchema(), mode: 0o644 },
    { file, text, mode: 0o644 },
  ];
  // A link to a file that is kept elsewhere stays one.
  const placed = await Promise.all(
    wanted.map(async (each) => ({ ...each, file: await realpath(each.file).catch(() => each.file) })),
  );
  const aside = placed.map((each) => ({ ...each, next: `${each.file}.next` }));
  try {
    for (const each of aside) {
      await rm(each.next, { force: true });
      await writeFile(each.next, each.text, { mode: each.mode, flag: "wx" });
      await chmod(each.next, each.mode);
    }
    for (const each of aside) await rename(each.next, each.file);
  } catch (error) {
    throw new UserError({
      where: folder,
      found: `the files cannot be written here (${messageOf(error)})`,
      fix: "give the folder to the user who runs this, or name another place with --config",
      cause: error,
    });
  } finally {
    for (const each of aside) await rm(each.next, { force: true });
  }
  return wanted.map((each) => each.file);
}
