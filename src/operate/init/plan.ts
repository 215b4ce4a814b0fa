import { stringify } from "yaml";
import { entityOf } from "../../config/entities.ts";
import { parseConfig } from "../../config/load.ts";
import { type HouseSource, partnerTypes } from "../../config/schema.ts";
import { UserError } from "../../errors.ts";
import type { PartnerField } from "../../extract/mapping.ts";
import { distinct, type FoundField, type FoundHead, type Survey, surveyOf } from "../../extract/survey.ts";
import {
  changeMapping,
  type InitFlags,
  kindsOf,
  type Mapping,
  mappingOf,
  partnerTypesOf,
  problemWith,
  refuseStrayMapping,
} from "./flags.ts";
import { guessField, guessHeader, guessType, isNoPartner, isOwnType, roleOfWords, roles } from "./guess.ts";
import type { Choice, Questions } from "./questions.ts";
import { signInSteps, systemNames } from "./sign-in.ts";

/** One source as it will stand in the configuration, with what was typed for it. */
export interface PlannedSource {
  readonly kind: HouseSource["kind"];
  /** The keys of the source; secrets as `${NAME}`. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** Environment variables that it refers to. */
  readonly variables: readonly string[];
}

/** Everything that `init` is to write. */
export interface Plan {
  readonly home: string;
  readonly schedule: string;
  readonly reporting: {
    readonly currency: string;
    readonly timezone: string;
    readonly fiscal_year_start: number;
  };
  readonly partnerTypes: Readonly<Record<string, string>>;
  readonly sources: readonly PlannedSource[];
  /** Environment variable with the Slack webhook that alerts go to; null without alerts. */
  readonly slackVariable: string | null;
  /** Secrets that were typed, by variable; they go into `.env` and nowhere else. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** What planning asks of the world. */
export interface Planning {
  readonly flags: InitFlags;
  readonly questions: Questions;
  /** The environment with what `.env` adds to it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looks at an account. Throws UserError for one that does not answer. */
  readonly survey: (source: HouseSource) => Promise<Survey>;
  /** Looks at one object of an account. */
  readonly surveyObject: (source: HouseSource, object: string) => Promise<readonly FoundField[]>;
  /** Looks whether a field of deals holds ids of partners. Throws UserError when it does not. */
  readonly lookAtPartnerIds: (source: HouseSource, named: PartnerField) => Promise<readonly string[]>;
  /** Looks at the heads of a drop's files. */
  readonly surveyHeads: (source: HouseSource) => Promise<readonly FoundHead[]>;
}

/** A source with what was found in its account. */
interface Surveyed {
  readonly planned: PlannedSource;
  readonly survey: Survey;
}

/** Asks for everything that the flags leave open, looking at each account on the way. Throws UserError when stopped. */
export async function makePlan(planning: Planning): Promise<Plan> {
  const { flags, questions } = planning;
  const secrets = new Map<string, string>();
  const kinds = await askKinds(planning);
  refuseStrayMapping(flags, kinds.map(sourceNameOf));
  const surveyed: Surveyed[] = [];
  for (const kind of kinds) surveyed.push(await planSource(planning, kind, secrets));
  const surveys = surveyed.map(({ survey }) => survey);
  const reporting = await askReporting(planning, surveys);
  tellRates(questions, surveys, reporting.currency);
  const partnerTypes = await askPartnerTypes(planning, surveys);
  const schedule = await askSchedule(planning);
  const slackVariable = await askSlack(planning, secrets);
  const sources: PlannedSource[] = [];
  for (const { planned, survey } of surveyed) {
    const currency = survey.hidesCurrency ? await askHiddenCurrency(planning, reporting.currency) : undefined;
    sources.push(currency === undefined ? planned : { ...planned, keys: withKey(planned.keys, "currency", currency) });
  }
  const home = flags.home ?? ".attributary";
  const problem = problemWith("home", home);
  if (problem !== undefined) throw new UserError({ where: "--home", found: "it does not fit", fix: problem });
  if (sources.length === 0) questions.say("no source was chosen");
  return Object.freeze({ home, schedule, reporting, partnerTypes, sources, slackVariable, secrets });
}

async function askKinds({ flags, questions }: Planning): Promise<readonly HouseSource["kind"][]> {
  if (flags.sources !== undefined) return kindsOf(flags.sources);
  for (;;) {
    const kinds = await questions.several({
      message: "Which systems tell of your deals, partners and invoices?",
      choices: [
        { value: "hubspot", label: "HubSpot", hint: "deals, partner companies, labels" },
        { value: "salesforce", label: "Salesforce", hint: "opportunities, partner accounts" },
        { value: "stripe", label: "Stripe", hint: "invoices, payments, refunds" },
        { value: "files", label: "File drops", hint: "exports of a partner portal or anything else" },
      ],
      initial: [],
    });
    if (kinds.length > 0) return kinds;
    questions.say("Mark at least one with the space bar.");
  }
}

/** What a source is called in the configuration, and in the flags that change its mapping. */
const sourceNameOf = (kind: HouseSource["kind"]): string => (kind === "files" ? "drop" : kind);

async function planSource(
  planning: Planning,
  kind: HouseSource["kind"],
  secrets: Map<string, string>,
): Promise<Surveyed> {
  const { flags, questions } = planning;
  questions.note(
    kind === "files" ? "File drop: what it reads" : `${systemNames[kind]}: how to sign in`,
    signInSteps[kind],
  );
  const name = sourceNameOf(kind);
  let before: SignedIn | undefined;
  for (;;) {
    const signed = await askSignIn(planning, kind, secrets, before);
    before = signed;
    const bare: PlannedSource = { kind, keys: { name, kind, ...signed.keys }, variables: signed.variables };
    const known = { ...planning.env, ...Object.fromEntries(secrets) };
    const given = mappingOf(flags, name);
    try {
      const headed = await askHeads(planning, sourceOf(withMapping(bare, given), known), given);
      const source = sourceOf(withMapping(bare, headed), known);
      const survey = await planning.survey(source);
      questions.say([`${systemNames[kind]} answers:`, ...survey.found].join("\n  "));
      return { planned: withMapping(bare, await askMapping(planning, source, survey, headed)), survey };
    } catch (error) {
      if (!(error instanceof UserError) || !questions.isAsked || error.where === "init") throw error;
      questions.say(error.message);
      const next = await questions.one({
        message: `${systemNames[kind]} could not be looked at. What now?`,
        choices: [
          {
            value: "again",
            label: kind === "files" ? "Name another folder, or the same once it is there" : "Sign in again",
          },
          { value: "blind", label: "Go on without looking", hint: "doctor will tell what is wrong" },
        ],
        initial: "again",
      });
      if (next === "again") continue;
      return { planned: withMapping(bare, given), survey: surveyOf({}) };
    }
  }
}

/** A source with its mapping, which a drop spells `columns:` and `values:`. */
function withMapping(planned: PlannedSource, mapping: Mapping): PlannedSource {
  if (planned.kind !== "files") return { ...planned, keys: withKey(planned.keys, "mapping", mapping) };
  const of = (part: "columns" | "values"): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      Object.entries(mapping).flatMap(([entity, map]) => (map[part] === undefined ? [] : [[entity, map[part]]])),
    );
  return { ...planned, keys: withKey(withKey(planned.keys, "columns", of("columns")), "values", of("values")) };
}

/** The source as the configuration's own rules read it. */
function sourceOf(planned: PlannedSource, env: Planning["env"]): HouseSource {
  const text = stringify({ sources: [planned.keys] }, { lineWidth: 0 });
  const [source] = parseConfig(text, `source ${String(planned.keys.name)}`, env).sources;
  if (source === undefined || source.kind === "own") throw new Error("a planned source was lost");
  return source;
}

function withKey(keys: PlannedSource["keys"], key: string, value: unknown): PlannedSource["keys"] {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isEmpty || value === undefined ? keys : { ...keys, [key]: value };
}

interface SignedIn {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly variables: readonly string[];
}

async function askSignIn(
  planning: Planning,
  kind: HouseSource["kind"],
  secrets: Map<string, string>,
  before: SignedIn | undefined,
): Promise<SignedIn> {
  const { flags } = planning;
  const isAgain = before !== undefined;
  const secret = (name: string, what: string): Promise<string> => askSecret(planning, secrets, name, what, isAgain);
  const at = (url: string | undefined): Readonly<Record<string, string>> =>
    url === undefined ? {} : { base_url: url };
  switch (kind) {
    case "hubspot": {
      const token = await secret(flags.hubspotTokenEnv, "HubSpot service key");
      return { keys: { access_token: token, ...at(flags.hubspotUrl) }, variables: [flags.hubspotTokenEnv] };
    }
    case "salesforce": {
      const given = before?.keys.login_url ?? flags.salesforceLoginUrl;
      const login =
        !isAgain && given !== undefined
          ? given
          : await planning.questions.text({
              message: "Salesforce login address (My Domain)",
              initial: String(given ?? ""),
              problem: (text) => (isWebAddress(text) ? undefined : "an address like https://example.my.salesforce.com"),
            });
      const id = await secret(flags.salesforceIdEnv, "Salesforce consumer key");
      const key = await secret(flags.salesforceSecretEnv, "Salesforce consumer secret");
      return {
        keys: { login_url: login, client_id: id, client_secret: key, ...at(flags.salesforceUrl) },
        variables: [flags.salesforceIdEnv, flags.salesforceSecretEnv],
      };
    }
    case "stripe": {
      const key = await secret(flags.stripeKeyEnv, "Stripe restricted key");
      return { keys: { api_key: key, ...at(flags.stripeUrl) }, variables: [flags.stripeKeyEnv] };
    }
    case "files": {
      const folder =
        isAgain || flags.drop === undefined
          ? await planning.questions.text({
              message: "Folder of the exports, from where attributary.yaml will be",
              initial: String(before?.keys.path ?? flags.drop ?? "./drop"),
              problem: (text) => (text === "" ? "name a folder" : undefined),
            })
          : flags.drop;
      return { keys: { path: folder }, variables: [] };
    }
  }
}

/** Asks for a secret that the environment does not have; returns the reference that stands in the configuration. */
async function askSecret(
  { questions, env }: Planning,
  secrets: Map<string, string>,
  name: string,
  what: string,
  isAgain: boolean,
  problem: (text: string) => string | undefined = () => undefined,
): Promise<string> {
  const reference = `\${${name}}`;
  const isSet = (env[name] ?? "") !== "";
  if (isSet && !questions.isAsked) return reference;
  const usesIt =
    isSet && (await questions.yes({ message: `${name} is set already. Use it as the ${what}?`, initial: !isAgain }));
  if (usesIt) {
    secrets.delete(name);
    return reference;
  }
  const value = await questions.secret({
    message: `${what} (goes into .env as ${name}, readable by you alone)`,
    problem: (text) =>
      text === "" ? `paste the ${what}` : /\s/.test(text) ? "there is a blank inside; paste it again" : problem(text),
  });
  secrets.set(name, value);
  return reference;
}

/** Whether a text is one address of the web, and not two that were pasted into one another. */
const isWebAddress = (text: string): boolean =>
  /^https?:\/\//.test(text) && text.split("://").length === 2 && URL.canParse(text);

const nothing = "—";

/** What the columns of a drop's files are taken for, where they are not called as ours are. */
async function askHeads(planning: Planning, source: HouseSource, given: Mapping): Promise<Mapping> {
  const { questions } = planning;
  let next = given;
  for (const { entity, file, names } of await planning.surveyHeads(source)) {
    const has = (column: string): boolean =>
      next[entity]?.columns?.[column] !== undefined || names.some((name) => name.toLowerCase() === column);
    const open = entityOf(entity).columns.filter(({ name }) => !has(name));
    const taken = new Set(entityOf(entity).columns.map(({ name }) => name));
    const free = names.filter((name) => !taken.has(name.toLowerCase()));
    const likely = open.flatMap(({ name }) => {
      const field = guessHeader(entity, name, free);
      return field === undefined ? [] : [{ column: name, field }];
    });
    const chosen =
      likely.length === 0
        ? []
        : await questions.several({
            message: `${file} has columns that look like ours. Which of these are right?`,
            choices: likely.map(({ column, field }) => ({ value: column, label: `${column} ← ${field}` })),
            initial: likely.map(({ column }) => column),
          });
    for (const { column, field } of likely) {
      if (chosen.includes(column)) next = changeMapping(next, { entity, column, field });
    }
    for (const { name: column } of open.filter(({ isRequired, name }) => isRequired && !has(name))) {
      const field = await questions.one({
        message: `Which column of ${file} is the ${column.replaceAll("_", " ")}? There is no row without one.`,
        choices: fieldChoices(
          names.map((name) => ({ name, label: name })),
          "none of them",
        ),
        initial: nothing,
      });
      if (field !== nothing) next = changeMapping(next, { entity, column, field });
    }
  }
  return next;
}

async function askMapping(planning: Planning, source: HouseSource, survey: Survey, given: Mapping): Promise<Mapping> {
  switch (source.kind) {
    case "hubspot": {
      const typed = await askRecordTypes(planning, survey, given, ["PARTNER", "RESELLER"], {
        kind: "company",
        usual: "Companies of type PARTNER or RESELLER are partners. Which other types are partners too?",
      });
      const partnered = await askObject(
        planning,
        source,
        survey,
        typed,
        "partners",
        "Do partners live in an object of your own?",
      );
      // The portal's own partner_… properties are read without being named.
      const open = ["tier", "region", "manager", "agreed_on", "type"].filter((column) =>
        survey.partnerFields.every(({ name }) => name !== `partner_${column}`),
      );
      const fielded =
        partnered.partners?.object === undefined
          ? await askFields(planning, "partners", open, survey.partnerFields, partnered)
          : partnered;
      return askRoles(planning, survey, await askDealFields(planning, source, survey, fielded));
    }
    case "salesforce": {
      const usual = ["Partner", "Channel Partner / Reseller", "Installation Partner", "Technology Partner"];
      const typed = await askRecordTypes(planning, survey, given, usual, {
        kind: "account",
        usual:
          "Accounts marked as partner, of a partner's type, or with a role on an opportunity are partners. Which other types are partners too?",
      });
      const partnered = await askObject(
        planning,
        source,
        survey,
        typed,
        "partners",
        "Do partners live in an object of your own?",
      );
      const ofAccounts = partnered.partners?.object === undefined;
      const columns = ["type", "tier", "region", "manager", "agreed_on"];
      const fielded = ofAccounts
        ? await askFields(planning, "partners", columns, survey.partnerFields, partnered)
        : partnered;
      const registered = await askObject(
        planning,
        source,
        survey,
        fielded,
        "registrations",
        "Do deal registrations live in an object of your own?",
      );
      return askRoles(planning, survey, await askDealFields(planning, source, survey, registered));
    }
    case "stripe":
    case "files":
      return given;
  }
}

/** Which types of company or account are partners beside the usual ones, and what kind of partner each is. */
async function askRecordTypes(
  { questions }: Planning,
  survey: Survey,
  mapping: Mapping,
  usual: readonly string[],
  words: { readonly kind: string; readonly usual: string },
): Promise<Mapping> {
  const known = new Set(usual.map((word) => word.toLowerCase()));
  const mapped = mapping.partners?.values?.type ?? {};
  const others = survey.recordTypes.filter(
    ({ word }) => !known.has(word.toLowerCase()) && mapped[word] === undefined && !isNoPartner(word),
  );
  if (others.length === 0) return mapping;
  const chosen = await questions.several({
    message: words.usual,
    choices: others.map(({ word, label }) => ({ value: word, label, ...(label === word ? {} : { hint: word }) })),
    initial: [],
  });
  let next = mapping;
  for (const word of chosen) {
    const ours = await askType(questions, `What kind of partner is the ${words.kind} type “${word}”?`, word);
    next = changeMapping(next, { entity: "partners", column: "type", word, ours });
  }
  return next;
}

function askType(questions: Questions, message: string, word: string): Promise<string> {
  return questions.one({
    message,
    choices: [
      ...partnerTypes.map((type) => ({ value: type, label: type.replace("_", "-") })),
      { value: "other", label: "other", hint: "counted, and listed on the Data quality page" },
    ],
    initial: guessType(word) ?? "other",
  });
}

const columnWords: Readonly<Record<string, string>> = Object.freeze({
  "deals.partner_role": "whether the deal's partner sourced or influenced it",
  "deals.partner_declared_at": "when the deal's partner was declared",
  "partners.type": "a partner's type",
  "partners.tier": "a partner's tier",
  "partners.region": "a partner's region",
  "partners.manager": "a partner's manager",
  "partners.agreed_on": "the day a partner's agreement began",
  "registrations.partner_id": "the partner of a registration",
  "registrations.status": "a registration's status",
  "registrations.deal_id": "the opportunity of a registration",
  "registrations.account_id": "the account of a registration",
  "registrations.decided_at": "when a registration was decided",
  "registrations.protection_ends_on": "the day a registration's protection ends",
});

/** Fields that hold columns of ours under another name, where one of them looks like it. */
async function askFields(
  { questions }: Planning,
  entity: string,
  columns: readonly string[],
  fields: readonly FoundField[],
  mapping: Mapping,
): Promise<Mapping> {
  let next = mapping;
  for (const column of columns) {
    const taken = Object.values(next[entity]?.columns ?? {});
    const free = fields.filter(({ name }) => !taken.includes(name));
    const likely = guessField(`${entity}.${column}`, free);
    if (likely === undefined || next[entity]?.columns?.[column] !== undefined) continue;
    const field = await questions.one({
      message: `Which field tells ${columnWords[`${entity}.${column}`] ?? column}?`,
      choices: fieldChoices(free, "none"),
      initial: likely.name,
    });
    if (field !== nothing) next = changeMapping(next, { entity, column, field });
  }
  return next;
}

const fieldChoices = (fields: readonly FoundField[], none: string): readonly Choice<string>[] => [
  ...fields.map(({ name, label }) => ({ value: name, label: name, ...(label === name ? {} : { hint: label }) })),
  { value: nothing, label: none },
];

/** The field of a deal that names its partner, with those that tell its role and when it was declared. */
async function askDealFields(
  planning: Planning,
  source: HouseSource,
  survey: Survey,
  mapping: Mapping,
): Promise<Mapping> {
  const { questions } = planning;
  const fields = survey.dealFields;
  const given = mapping.deals?.columns?.partner_id;
  let field = given ?? (fields.length === 0 ? undefined : await askPartnerField(questions, fields));
  while (field !== undefined) {
    const problem = await problemWithPartnerField(planning, source, field, mapping);
    if (problem === undefined) break;
    // What nobody can be asked about stops before anything is written; what was only guessed is let go.
    if (!questions.isAsked && given !== undefined) throw problem;
    questions.say(problem.message);
    field = questions.isAsked ? await askPartnerField(questions, fields) : undefined;
  }
  if (field === undefined) return mapping;
  const next = changeMapping(mapping, { entity: "deals", column: "partner_id", field });
  return askFields(planning, "deals", ["partner_role", "partner_declared_at"], fields, next);
}

async function problemWithPartnerField(
  { questions, lookAtPartnerIds }: Planning,
  source: HouseSource,
  field: string,
  { partners }: Mapping,
): Promise<UserError | undefined> {
  const types = Object.keys(partners?.values?.type ?? {});
  try {
    const found = await lookAtPartnerIds(source, { field, object: partners?.object, types });
    if (found.length > 0) questions.say(found.join("\n"));
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function askPartnerField(questions: Questions, fields: readonly FoundField[]): Promise<string | undefined> {
  const field = await questions.one({
    message: "Does a deal have a field with the id of the partner who sourced it?",
    choices: fieldChoices(fields, "no, labels, roles or registrations tell it"),
    initial: guessField("deals.partner_id", fields)?.name ?? nothing,
  });
  return field === nothing ? undefined : field;
}

/** What labels and roles mean whose words do not tell it. */
async function askRoles({ questions }: Planning, survey: Survey, mapping: Mapping): Promise<Mapping> {
  const mapped = mapping.deal_partners?.values?.role ?? {};
  const untold = survey.roles.filter((role) => roleOfWords(role) === undefined && mapped[role] === undefined);
  let next = mapping;
  for (const word of untold.slice(0, 12)) {
    const ours = await questions.one({
      message: `A partner is on a deal as “${word}”. What did it do?`,
      choices: roles.map((role) => ({
        value: role,
        label: role.replace("_", "-"),
        ...(role === "influenced" ? { hint: "helped in some way; also for labels that are no partner's" } : {}),
      })),
      initial: "influenced",
    });
    if (ours !== "influenced") next = changeMapping(next, { entity: "deal_partners", column: "role", word, ours });
  }
  return next;
}

const objectColumns: Readonly<Record<string, readonly string[]>> = Object.freeze({
  partners: ["type", "tier", "region", "manager", "agreed_on"],
  registrations: ["partner_id", "status", "deal_id", "account_id", "decided_at", "protection_ends_on"],
});

/** An object of the account's own that gives an entity, and its fields. */
async function askObject(
  planning: Planning,
  source: HouseSource,
  survey: Survey,
  mapping: Mapping,
  entity: string,
  message: string,
): Promise<Mapping> {
  const { questions } = planning;
  const given = mapping[entity]?.object;
  if (given === undefined && survey.objects.length === 0) return mapping;
  const object =
    given ?? (await questions.one({ message, choices: fieldChoices(survey.objects, "no"), initial: nothing }));
  if (object === nothing) return mapping;
  const fields = await planning.surveyObject(source, object);
  const columns = objectColumns[entity] ?? [];
  const mapped = await askFields(planning, entity, columns, fields, changeMapping(mapping, { entity, object }));
  // A registration is submitted when its record is made, unless a field says so.
  return entity === "registrations" && mapped.registrations?.columns?.submitted_at === undefined
    ? changeMapping(mapped, { entity, column: "submitted_at", field: "CreatedDate" })
    : mapped;
}

async function askReporting({ flags, questions }: Planning, surveys: readonly Survey[]): Promise<Plan["reporting"]> {
  const currency =
    flags.currency ??
    (await askOrType(questions, "In which currency do you report?", "currency", {
      found: distinct(surveys.flatMap((survey) => survey.currencies)).slice(0, 8),
      usual: ["USD", "EUR", "GBP"],
    }));
  const timezone =
    flags.timezone ??
    (await askOrType(questions, "In which zone do days and quarters begin?", "timezone", {
      found: distinct(surveys.flatMap((survey) => survey.timezone ?? [])),
      usual: ["UTC", "America/New_York", "Europe/London", "Europe/Berlin"],
    }));
  const month =
    flags.fiscalYearStart ??
    (await questions.one({
      message: "In which month does your fiscal year begin?",
      choices: months.map((label, index) => ({ value: String(index + 1), label })),
      initial: "1",
    }));
  return { currency, timezone, fiscal_year_start: Number(month) };
}

/** Tells which currencies of the accounts nothing gives an exchange rate for, and what does. */
function tellRates(questions: Questions, surveys: readonly Survey[], reporting: string): void {
  if (surveys.some(({ rates }) => rates === "any")) return;
  const given = new Set([reporting, ...surveys.flatMap(({ rates }) => rates)]);
  const open = distinct(surveys.flatMap(({ currencies }) => currencies)).filter((currency) => !given.has(currency));
  if (open.length === 0) return;
  questions.say(
    `Amounts in ${open.join(", ")} need exchange rates to ${reporting}, and none of these systems gives any: put a file fx_rates.csv with the columns on, from_currency, to_currency and rate into the folder of a file drop. Until then they stay out of the totals, and the Data quality page lists them.`,
  );
}

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A choice of what was found and what is usual, or a text of one's own. */
async function askOrType(
  questions: Questions,
  message: string,
  key: string,
  offers: { readonly found: readonly string[]; readonly usual: readonly string[] },
): Promise<string> {
  const fits = (value: string): boolean => problemWith(key, value) === undefined;
  const found = offers.found.filter(fits);
  const usual = offers.usual.filter((value) => !found.includes(value));
  const [first = "UTC"] = [...found, ...usual];
  const value = await questions.one({
    message,
    choices: [
      ...found.map((word) => ({ value: word, label: word, hint: "found in your account" })),
      ...usual.map((word) => ({ value: word, label: word })),
      { value: nothing, label: "another" },
    ],
    initial: first,
  });
  return value === nothing
    ? questions.text({ message, initial: "", problem: (text) => problemWith(key, text) })
    : value;
}

async function askHiddenCurrency({ flags, questions }: Planning, reporting: string): Promise<string | undefined> {
  const currency =
    flags.salesforceCurrency ??
    (await questions.text({
      message: "This Salesforce org does not tell its currency. Which is it?",
      initial: reporting,
      problem: (text) => problemWith("currency", text),
    }));
  return currency === reporting ? undefined : currency;
}

async function askPartnerTypes(
  { flags, questions }: Planning,
  surveys: readonly Survey[],
): Promise<Readonly<Record<string, string>>> {
  const given = partnerTypesOf(flags);
  const words = distinct(surveys.flatMap((survey) => survey.partnerTypes));
  const open = words.filter((word) => !isOwnType(word) && given[word] === undefined);
  const answers: [string, string][] = [];
  if (open.length > 0) questions.say(`Your partners' types: ${words.join(", ")}`);
  for (const word of open) {
    const type = await askType(questions, `What kind of partner is “${word}”?`, word);
    if (type !== "other") answers.push([word, type]);
  }
  return { ...given, ...Object.fromEntries(answers) };
}

async function askSchedule({ flags, questions }: Planning): Promise<string> {
  if (flags.schedule !== undefined) return flags.schedule;
  const line = await questions.one({
    message: "When shall `attributary schedule` refresh?",
    choices: [
      { value: "15 2 * * *", label: "every night at 02:15" },
      { value: "15 6 * * 1-5", label: "on weekdays at 06:15" },
      { value: "15 */4 * * *", label: "every four hours" },
      { value: nothing, label: "another cron line" },
    ],
    initial: "15 2 * * *",
  });
  return line === nothing
    ? questions.text({
        message: "Cron line: minute hour day month weekday, in the reporting zone",
        initial: "15 2 * * *",
        problem: (text) => problemWith("schedule", text),
      })
    : line;
}

async function askSlack(planning: Planning, secrets: Map<string, string>): Promise<string | null> {
  const { flags, questions } = planning;
  const message = "Shall a Slack channel hear of failed runs, moved quarters, overdue registrations and the like?";
  if (flags.slackWebhookEnv === undefined && !(await questions.yes({ message, initial: false }))) return null;
  const name = flags.slackWebhookEnv ?? "SLACK_WEBHOOK_URL";
  const problem = (text: string): string | undefined =>
    isWebAddress(text) ? undefined : "the address that Slack gave, beginning with https://";
  await askSecret(planning, secrets, name, "Slack incoming webhook", false, problem);
  return name;
}
