import path from "node:path";
import { asStarted } from "../effects.ts";
import { runInit } from "../operate/init/run.ts";
import type { Shell } from "./shell.ts";
import { many } from "./words.ts";

/** `init`: asks a few questions, looks at your accounts, writes the configuration and what belongs to it. */
export function addInit({ command, effects, tell, outcome, started }: Shell): void {
  command("init", "asks a few questions, looks at your accounts, writes the configuration and what belongs to it", [
    "init",
    "init --sources hubspot,stripe --yes --refresh",
    'init --sources files --drop ./drop --currency EUR --timezone Europe/Berlin --schedule "15 2 * * *"',
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
}
