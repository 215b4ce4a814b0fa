import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/errors.ts";

const files = "sources:\n  - { name: drop, kind: files, path: ./drop }\n";

/** The error a configuration ends in, as the person sees it. */
function refusal(text: string, env: Record<string, string> = {}): UserError {
  try {
    parseConfig(text, "attributary.yaml", env);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("a configuration", () => {
  test("needs nothing but a source; every other key has its default (R87, R121)", () => {
    const config = parseConfig(files, "attributary.yaml", {});
    expect(config.reporting).toEqual({ currency: "USD", timezone: "UTC", fiscal_year_start: 1 });
    expect(config.fx.max_age_days).toBe(7);
    expect(config.attribution).toEqual({
      lookback_days: 90,
      claim_days: 14,
      late_days: 14,
      protection_days: 90,
      half_life_days: 30,
      evidence: "close",
      source_weight: 70,
    });
    expect(config.activation).toEqual({ window_days: 90, events: {} });
    expect([config.active_days, config.dormant_days, config.stale_days]).toEqual([90, 90, 30]);
    expect(config.sla).toEqual({ decision_hours: 48, response_hours: 24 });
    expect(config.cash.grace_days).toBe(30);
    expect(config.home).toBe(".attributary");
    expect(config.score.weights).toEqual({
      sourced_bookings: 40,
      influenced_bookings: 15,
      sourced_pipeline: 20,
      win_rate: 10,
      active_dates: 10,
      certified: 5,
    });
  });

  test("takes a secret from the environment", () => {
    const config = parseConfig('sources: [{ name: h, kind: hubspot, access_token: "${TOKEN}" }]', "a.yaml", {
      TOKEN: "s3cret",
    });
    expect(config.sources[0]).toMatchObject({ access_token: "s3cret", base_url: "https://api.hubapi.com" });
  });

  test("a component of the score that is not named keeps its weight (R120)", () => {
    const config = parseConfig(`${files}score: { weights: { win_rate: 0 } }\n`, "a.yaml", {});
    expect(config.score.weights).toMatchObject({ win_rate: 0, sourced_bookings: 40, certified: 5 });
  });
});

describe("a configuration that is refused says where, what and what to do", () => {
  test("unknown key", () => {
    const error = refusal(`${files}attribution:\n  lokback_days: 60\n`);
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(
      'attributary.yaml:4:3: unknown key attribution.lokback_days\n  → did you mean "lookback_days"? (valid values: claim_days, evidence, half_life_days, late_days, lookback_days, protection_days, qualifying_kinds, source_weight); remove or rename it',
    );
  });

  test("unknown key of a source", () => {
    expect(refusal("sources:\n  - { name: drop, kind: files, pth: ./drop, path: x }\n").message).toBe(
      'attributary.yaml:2:32: unknown key sources.0.pth\n  → did you mean "path"? (valid values: columns, encoding, files, formats, kind, name, optional, path, values); remove or rename it',
    );
  });

  test("missing secret", () => {
    expect(refusal('sources: [{ name: h, kind: hubspot, access_token: "${HUBSPOT_TOKEN}" }]').message).toBe(
      "attributary.yaml:1:51: the environment variable HUBSPOT_TOKEN is not set\n  → set HUBSPOT_TOKEN in the environment or in the .env file beside the configuration",
    );
  });

  test.each(["${HUBSPOT_TOKEN", "${HUBSPOT_TOKEN:-none}", "a ${ word"])(
    "a variable that is not closed: %s",
    (value) => {
      expect(
        refusal(`sources: [{ name: h, kind: hubspot, access_token: "${value}" }]`, { HUBSPOT_TOKEN: "canary" }).message,
      ).toBe(
        "attributary.yaml:1:51: behind a ${ there is no name of a variable with a } after it\n  → write ${NAME} for the value of the variable NAME; a text that has these signs itself goes into a variable",
      );
    },
  );

  test("a key is never taken from the environment, so a word of an account reads no secret", () => {
    const text = `${files}partner_types: { "Reseller \${STRIPE_KEY} \${NOWHERE}": reseller }\n`;
    const { partner_types } = parseConfig(text, "attributary.yaml", { STRIPE_KEY: "rk_live_canary" });
    expect(Object.keys(partner_types)).toEqual(["Reseller ${STRIPE_KEY} ${NOWHERE}"]);
  });

  test("wrong type", () => {
    expect(refusal(`${files}fx: { max_age_days: soon }\n`).message).toBe(
      'attributary.yaml:3:21: fx.max_age_days is "soon"\n  → expected a number',
    );
  });

  test("a word that is none of the valid ones", () => {
    expect(refusal(`${files}partner_types: { VAR: reseler }\n`).message).toContain(
      'partner_types.VAR is "reseler"\n  → did you mean "reseller"? (valid values: affiliate, agency,',
    );
  });

  test("a kind of source that does not exist", () => {
    const error = refusal("sources:\n  - { name: drop, kind: filez, path: x }\n");
    expect(error.message).toContain('sources.0.kind is "filez"');
    expect(error.message).toContain('did you mean "files"? (valid values: files, hubspot, salesforce, stripe)');
  });

  test("no source at all", () => {
    expect(refusal("reporting: { currency: EUR }\n").message).toBe(
      "attributary.yaml:1:1: sources is missing\n  → add sources: a list",
    );
  });

  test("two sources of one name", () => {
    expect(refusal(`${files}  - { name: drop, kind: files, path: ./b }\n`).message).toContain(
      'sources.1.name is "drop"\n  → expected a name of its own, as another entry has this one',
    );
  });

  test("broken YAML", () => {
    expect(refusal("sources: [\n").message).toMatch(/^attributary\.yaml:\d+:\d+: this is not valid YAML/);
  });

  test("an unknown currency, zone, and a half-filled Salesforce source, all at once", () => {
    const error = refusal(
      "reporting: { currency: XXQ, timezone: Mars/Olympus }\nsources: [{ name: s, kind: salesforce, login_url: https://x.example }]\n",
    );
    expect(error.message).toContain("a currency of ISO 4217");
    expect(error.message).toContain("a zone of the IANA database");
    expect(error.message).toContain(
      "expected login_url, client_id and client_secret, or instance_url and access_token",
    );
  });

  test("weights of the score that add up to nothing, and a source weight with three decimals", () => {
    const zero =
      "{ sourced_bookings: 0, influenced_bookings: 0, sourced_pipeline: 0, win_rate: 0, active_dates: 0, certified: 0 }";
    expect(refusal(`${files}score: { weights: ${zero} }\n`).message).toContain("at least one weight above 0");
    expect(refusal(`${files}attribution: { source_weight: 66.666 }\n`).message).toContain("at most two decimals");
  });

  test("a schedule that is no cron line", () => {
    expect(refusal(`${files}schedule: every night\n`).message).toBe(
      'attributary.yaml:3:11: schedule is "every night"\n  → expected a cron line of five fields, minute 0 to 59, hour 0 to 23, day 1 to 31, month 1 to 12, weekday 0 to 7, like "15 2 * * *" for a quarter past two each night',
    );
  });

  test.each([
    ["reporting: { timezone: Europe/Berln }", 'did you mean "Europe/Berlin"? expected a zone of the IANA database'],
    ["reporting: { timezone: America/New York }", 'did you mean "America/New_York"? expected a zone'],
    ["reporting: { currency: EURO }", "expected an ISO 4217 code of three capital letters, like USD"],
    ["sla: { decision_hours: 0 }", "expected more than 0"],
    ["activation: { events: { referal: [won] } }", 'did you mean "referral"? (valid values: affiliate,'],
    ["activation: { events: { referral: [] } }", "expected at least 1 entry"],
    ["commissions: [{ name: a, rate: 1, from: 2026-13-01 }]", "expected a date like 2026-03-31"],
    ["commissions: [{ name: a, rate: 1, partner_type: [refferal] }]", 'did you mean "referral"?'],
    [
      "channels: [{ name: a, kind: slak, webhook_url: 'https://x.example' }]",
      'did you mean "slack"? (valid values: slack, smtp, webhook)',
    ],
    ["home:", "give it a value, or remove the key"],
  ])("%s", (text, fix) => {
    expect(refusal(`${files}${text}\n`).message.split("→ ")[1]).toContain(fix);
  });

  test("a key with a line end behind it, which no request can carry, is not shown", () => {
    const source = (key: string): string => `sources: [{ name: h, kind: hubspot, access_token: ${key} }]`;
    expect(refusal(source('"${TOKEN}"'), { TOKEN: "canary\n" }).message).toBe(
      "attributary.yaml:1:51: the environment variable TOKEN has a line end or another control character in it\n  → set TOKEN to the value alone; what it was copied from may end with a line end",
    );
    for (const written of ['"quaf\\nzix"', "“quafzix”", "quaf zix"]) {
      const { message } = refusal(source(written));
      expect(message).toContain("sources.0.access_token is not usable as it stands\n  → expected a key without blanks");
      expect(message).not.toMatch(/quaf|zix/);
    }
  });

  test("an address that does not fit is told without what it asks for", () => {
    for (const address of ["ftp://proxy.example/v1?k=quafzix", "http://a:b@proxy.example/v1?k=quafzix#quafzix"]) {
      const { message } = refusal(`sources: [{ name: h, kind: hubspot, access_token: t, base_url: "${address}" }]`);
      expect(message).toMatch(/sources\.0\.base_url is ".*proxy\.example\/v1\?…"\n/);
      expect(message).not.toMatch(/quaf|zix/);
    }
  });

  test("tabs and blanks between the fields of a cron line are one", () => {
    expect(parseConfig(`${files}schedule: " 15\\t2  * * *"\n`, "a.yaml", {}).schedule).toBe("15 2 * * *");
  });

  test("a secret that does not fit is not shown", () => {
    const error = refusal('sources: [{ name: h, kind: hubspot, access_token: [ "hush" ] }]');
    expect(error.message).toContain("access_token");
    expect(error.message).not.toContain("hush");
  });
});
