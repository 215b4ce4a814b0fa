import { buildsBeside, type EarlierFindings, findingKey } from "../reports/earlier.ts";
import { openReadOnly } from "../warehouse/database.ts";
import { type Home, publishedBuilds } from "./home.ts";

/** What the latest of the published builds that are still kept found in the data, oldest first; one that cannot be read is left out. */
export async function readEarlierFindings(home: Home): Promise<readonly EarlierFindings[]> {
  const found: EarlierFindings[] = [];
  for (const { warehouse } of (await publishedBuilds(home)).slice(-buildsBeside)) {
    const counts = await countFindings(warehouse).catch(() => null);
    if (counts !== null) found.push(counts);
  }
  return found;
}

async function countFindings(warehouse: string): Promise<EarlierFindings> {
  const database = await openReadOnly(warehouse);
  try {
    const connection = await database.connect();
    const rows = await connection.rows<{ check_id: string; severity: string; found: bigint }>(
      "select check_id, severity, count(*) as found from quality.issue group by all",
    );
    connection.close();
    return new Map(rows.map((row) => [findingKey(row.check_id, row.severity), Number(row.found)]));
  } finally {
    database.close();
  }
}
