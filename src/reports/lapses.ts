import { groupBy } from "./numbers.ts";
import { daysSince } from "./partners.ts";
import type { Warehouse } from "./tables.ts";

/** A certification that ran out this lately is still to be renewed. */
export const lapsedDays = 30;

/** A certification that runs out and that its person has not renewed. */
export interface Lapse {
  readonly key: string;
  readonly partnerKey: string;
  readonly person: string | null;
  readonly what: string;
  readonly expiresOn: string;
  /** Days until it runs out, negative once it has. */
  readonly left: number;
  /** Whether the partner has no other that lasts longer. */
  readonly isLast: boolean;
}

/** Certifications that run out within so many days, or did lately, and that nobody has renewed; first to run out first. */
export async function readLapses(db: Warehouse, asOf: string, withinDays: number): Promise<readonly Lapse[]> {
  const rows = await db
    .selectFrom("marts.fct_certification")
    .selectAll()
    .orderBy("expires_on")
    .orderBy("certification_key")
    .execute();
  const ofPartner = groupBy(rows, (row) => row.partner_key);
  return rows.flatMap((row): Lapse[] => {
    const { expires_on: expiresOn } = row;
    const left = expiresOn === null ? null : -(daysSince(expiresOn, asOf) ?? 0);
    if (expiresOn === null || left === null || left > withinDays || left < -lapsedDays) return [];
    const others = (ofPartner.get(row.partner_key) ?? []).filter(
      (other) => other !== row && (other.expires_on === null || other.expires_on > expiresOn),
    );
    if (others.some((other) => other.person === row.person && other.kind === row.kind)) return [];
    return [
      {
        key: row.certification_key,
        partnerKey: row.partner_key,
        person: row.person,
        what: [row.kind, row.level].filter((word) => word !== null).join(", ") || "certification",
        expiresOn,
        left,
        isLast: others.length === 0,
      },
    ];
  });
}
