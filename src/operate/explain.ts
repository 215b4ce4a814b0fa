import type { Effects } from "../effects.ts";
import { explain } from "../metrics/explain/explain.ts";
import type { ExplainKind } from "../metrics/explain/explanation.ts";
import { explanationText } from "../metrics/explain/text.ts";
import { openReadOnly } from "../warehouse/database.ts";
import { type Home, needPublished } from "./home.ts";

export { explainKinds } from "../metrics/explain/explanation.ts";

export interface ExplainOptions {
  readonly home: Home;
  readonly kind: ExplainKind;
  readonly key: string;
  /** The structured form instead of words. */
  readonly json: boolean;
  readonly effects: Effects;
}

/** Explains a row of the published warehouse on stdout. Throws UserError (exit 2) when nothing is published or the key is unknown. */
export async function runExplain({ home, kind, key, json, effects }: ExplainOptions): Promise<void> {
  const build = await needPublished(home);
  const database = await openReadOnly(build.warehouse);
  try {
    const explanation = await explain(database, kind, key);
    effects.stdout.write(json ? `${jsonOf(explanation)}\n` : explanationText(explanation));
  } finally {
    database.close();
  }
}

// Whole numbers beyond what a double holds exactly are written as text.
function jsonOf(explanation: object): string {
  return JSON.stringify(explanation, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2);
}
