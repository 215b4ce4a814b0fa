import { Argument } from "commander";
import { explainKinds, runExplain } from "../operate/explain.ts";
import { homeAt } from "../operate/home.ts";
import type { Shell } from "./shell.ts";

/** `explain`: why a deal, partner or invoice stands as it does: evidence, rules, shares, cash, commission. */
export function addExplain({ command, load, effects }: Shell): void {
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
}
