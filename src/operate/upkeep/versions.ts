import { UserError } from "../../errors.ts";
import type { AsOf } from "../../models/settings.ts";
import type { Connection } from "../../warehouse/database.ts";
import { frozenPeriods } from "../freeze.ts";
import type { Home } from "../home.ts";

/**
 * Streams of which models read every version, not only the one that counts: labels between deals and companies as they came and
 * went, rates as they changed, and what vendors' objects were made of. Nothing of them is ever dropped.
 */
export const historyStreams = Object.freeze({
  names: ["CurrencyType", "describe"],
  prefixes: ["associations.deals.", "properties."],
});

/** A presented period, whose build can be made again. */
interface Presented {
  readonly asOf: string;
  readonly logPosition: number;
}

/**
 * Makes the temporary table `droppable` (seq) of the versions in the log attached as `raw` that no build needs which is as of today,
 * of a date from `keptFrom` on, or of a period that was presented. Of every record stay its first version, which tells since when it
 * is known, its latest one, and each that was the one that counted (R92) at some moment of those days. Returns how many may go.
 */
export async function findDroppable(
  connection: Connection,
  keptFrom: string,
  presented: readonly Presented[],
): Promise<number> {
  await connection.run(`
create or replace temp table kept_day (starts_at timestamptz, ends_at timestamptz);
create or replace temp table kept_position (position bigint);
`);
  // A day begins and ends up to fourteen hours before or after that of UTC, by the zone; a whole day more is sure.
  await connection.run("insert into kept_day select $1::date::timestamp - interval 1 day, 'infinity'", [keptFrom]);
  for (const { asOf, logPosition } of presented) {
    await connection.run(
      "insert into kept_day select $1::date::timestamp - interval 1 day, $1::date::timestamp + interval 2 days",
      [asOf],
    );
    await connection.run("insert into kept_position values ($1)", [logPosition]);
  }
  const names = historyStreams.names.map((name) => `'${name}'`).join(", ");
  const prefixes = historyStreams.prefixes.map((prefix) => `starts_with(stream, '${prefix}')`).join(" or ");
  await connection.run(`
create or replace temp table droppable as
with

-- a version counts from the moment after it was seen until a later one of its record has been seen by then
versions as (

    select
        seq,
        seen_at,
        row_number() over (partition by source, stream, id order by seq) as place,
        lead(seq) over (partition by source, stream, id order by seq) as next_seq,
        min(seen_at) over (
            partition by source, stream, id order by seq rows between 1 following and unbounded following
        ) as next_seen_at
    from raw.record
    where stream not in (${names}) and not (${prefixes})

),

final as (

    select seq
    from versions
    where
        place > 1
        and next_seq is not null
        and not exists (
            select 1
            from kept_day
            where versions.seen_at < kept_day.ends_at and versions.next_seen_at >= kept_day.starts_at
        )
        and not exists (
            select 1
            from kept_position
            where versions.seq <= kept_position.position and versions.next_seq > kept_position.position
        )

)

select * from final
`);
  return (await connection.row<{ n: number }>("select count(*) as n from droppable"))?.n ?? 0;
}

/** The first date of which the log attached as `raw` still knows what was seen by then; null while nothing was dropped from it. */
export async function droppedBefore(connection: Connection): Promise<string | null> {
  const known = await connection.row(
    "select 1 as one from duckdb_tables() where database_name = 'raw' and table_name = 'pruned'",
  );
  if (known === undefined) return null;
  const row = await connection.row<{ kept_from: string | null }>("select max(kept_from) as kept_from from raw.pruned");
  return row?.kept_from ?? null;
}

/**
 * Throws UserError (exit 2) for a date of which the log no longer knows what was seen by then, because `prune` dropped it. A period
 * that was presented is kept however old it is. `where` names the command.
 */
export async function refuseDropped(connection: Connection, asOf: AsOf, home: Home, where: string): Promise<void> {
  if (!asOf.isExplicit) return;
  const keptFrom = await droppedBefore(connection);
  if (keptFrom === null || asOf.date >= keptFrom) return;
  const presented = (await frozenPeriods(home)).map((frozen) => frozen.asOf);
  if (presented.includes(asOf.date)) return;
  throw new UserError({
    where,
    found: `${asOf.date} is before ${keptFrom}, and what was only known then was dropped from the log by \`prune\``,
    fix: `give a date from ${keptFrom} on${presented.length === 0 ? "" : `, or one that was presented: ${[...new Set(presented)].join(", ")}`}, or restore a backup from before`,
  });
}
