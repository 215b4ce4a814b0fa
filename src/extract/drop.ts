import { exitCode, UserError } from "../errors.ts";
import { type Connection, quoteText } from "../warehouse/database.ts";
import type { LandingRun } from "./log.ts";
import type { PagedStream } from "./stream.ts";

/** A pass that loses more than this share of a stream's living records is not believed. */
const largestShare = 0.2;

/** Fewer lost records than this never stop a pass: in a small stream one record may be a large share. */
const fewestLost = 10;

/** What a pass would take away from a stream. */
interface Loss {
  readonly source: string;
  readonly stream: string;
  /** Living records before the pass. */
  readonly had: number;
  /** Table of the records that would be gone: `id`, `seq` of their latest version, `is_flagged`. */
  readonly lost: string;
  /**
   * The stream whose records these are a part of, and where a payload names the one: what went with it is no loss of its own,
   * nor what it shows itself.
   */
  readonly partOf?: NonNullable<PagedStream["partOf"]>;
}

/**
 * Weighs what a pass would take away before any of it is believed. Returns the `UserError` (exit 4) to throw when it is
 * more than a fifth of the living records and at least ten, unless the run accepts a drop of this stream; either way
 * `raw.stream_drop` keeps that it happened. Call it outside of the transaction that would take them away.
 */
export async function guardDrop(connection: Connection, run: LandingRun, loss: Loss): Promise<UserError | undefined> {
  const { source, stream, had } = loss;
  const isLarge = (lost: number): boolean => lost >= fewestLost && lost > had * largestShare;
  let counted = await countLost(connection, loss.lost, "");
  if (isLarge(counted.lost) && loss.partOf !== undefined) {
    counted = await countLost(connection, loss.lost, withLivingParent(source, loss.partOf));
    if (isLarge(counted.lost) && loss.partOf.shows !== undefined) {
      counted = await countLost(
        connection,
        loss.lost,
        `${withLivingParent(source, loss.partOf)} and record.id not in (${shownBy(source, loss.partOf.stream, loss.partOf.shows)})`,
      );
    }
  }
  if (!isLarge(counted.lost)) return undefined;
  const isAccepted = run.acceptDrop?.has(stream) === true || run.acceptDrop?.has(`${source}.${stream}`) === true;
  await connection.run("insert into raw.stream_drop values ($1, $2, $3, $4, $5, $6, $7)", [
    run.runId,
    source,
    stream,
    run.startedAt,
    had,
    counted.lost,
    isAccepted,
  ]);
  if (isAccepted) return undefined;
  const absent = counted.lost - counted.flagged;
  const ways = [
    ...(absent === 0 ? [] : [`${number(absent)} are no longer there`]),
    ...(counted.flagged === 0 ? [] : [`${number(counted.flagged)} are marked as deleted`]),
  ];
  return new UserError({
    where: `source ${source}, stream ${stream}`,
    found: `it had ${number(had)} records and would lose ${number(counted.lost)} of them (${ways.join(", ")}); more than a fifth at once is not believed`,
    fix: `nothing was taken away and the last site stays. If the vendor, its permissions or the export is at fault, mend that and refresh again; if the records are really gone, run \`attributary refresh --accept-drop ${source}.${stream}\``,
    exitCode: exitCode.check,
  });
}

async function countLost(
  connection: Connection,
  lost: string,
  filter: string,
): Promise<{ readonly lost: number; readonly flagged: number }> {
  const row = await connection.row<{ lost: number; flagged: number }>(
    `select count(*) as lost, count(*) filter (where is_flagged) as flagged from ${lost} as lost ${filter}`,
  );
  return row ?? { lost: 0, flagged: 0 };
}

const withLivingParent = (source: string, part: NonNullable<Loss["partOf"]>): string => `
inner join raw.record as record on record.seq = lost.seq
where (record.payload ->> ${quoteText(part.path)}) in (
    select id
    from raw.record
    where source = ${quoteText(source)} and stream = ${quoteText(part.stream)}
    group by id
    having arg_max(op, seq) = 'upsert'
)`;

/** Items that the living records of a stream show themselves. */
const shownBy = (source: string, stream: string, path: string): string => `
select unnest(payload ->> ${quoteText(path)})
from raw.record
where seq in (
    select max(seq)
    from raw.record
    where source = ${quoteText(source)} and stream = ${quoteText(stream)}
    group by id
    having arg_max(op, seq) = 'upsert'
)`;

const number = (value: number): string => value.toLocaleString("en-US");
