import type { Database } from "../../warehouse/database.ts";
import { kyselyOver } from "../../warehouse/dialect.ts";
import { explainDeal } from "./deal.ts";
import type { ExplainKind, Explanation } from "./explanation.ts";
import { findKey } from "./find.ts";
import { explainInvoice } from "./invoice.ts";
import { explainPartner } from "./partner.ts";
import type { ExplainTables } from "./tables.ts";

/**
 * Explains a deal, partner or invoice from what the models kept in a published warehouse; nothing is worked out a second time.
 * Throws UserError (exit 2) with the nearest keys when there is no such row.
 */
export async function explain(database: Database, kind: ExplainKind, asked: string): Promise<Explanation> {
  const db = kyselyOver<ExplainTables>(database);
  try {
    const key = await findKey(db, kind, asked);
    switch (kind) {
      case "deal":
        return await explainDeal(db, key);
      case "partner":
        return await explainPartner(db, key);
      case "invoice":
        return await explainInvoice(db, key);
    }
  } finally {
    await db.destroy();
  }
}
