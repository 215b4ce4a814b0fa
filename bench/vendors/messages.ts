import { z } from "zod";

/** What the vendors' process tells once it serves. */
export const served = z.object({ config: z.string() });

/** What one vendor was asked since the last time it told: by stream, with the requests that only count, and by limiter. */
export const asked = z.object({
  streams: z.record(z.string(), z.object({ requests: z.number(), counts: z.number() })),
  refused: z.number(),
  /** The longest time that a limiter's share of the requests takes, in seconds; null for a vendor without one. */
  floor: z.object({ limiter: z.string(), requests: z.number(), seconds: z.number() }).nullable(),
  holdings: z.record(
    z.string(),
    z.object({ records: z.number(), archived: z.number().default(0), changed: z.number() }),
  ),
});
export type Asked = z.output<typeof asked>;
/** The same as it is sent. */
export type Told = z.input<typeof asked>;

/** What a reading took. */
export const reading = z.object({ seconds: z.number(), cpu: z.number(), peakMb: z.number() });
export type Reading = z.output<typeof reading>;
