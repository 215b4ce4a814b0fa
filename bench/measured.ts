import { z } from "zod";

/** The parts of a build, in their order. */
export const parts = ["staging", "attribution", "marts", "metrics", "checks"] as const;
export type Part = "landing" | (typeof parts)[number];

const cost = z.object({ seconds: z.number(), cpu: z.number() });
/** Seconds on the clock, and seconds of all cores (user and system), which other work on the machine disturbs less. */
export type Cost = z.output<typeof cost>;

/** What one process measured of one step, part by part and file by file. */
export const measured = z.object({
  parts: z.record(z.string(), cost),
  files: z.array(cost.extend({ file: z.string() })).default([]),
  /** Totals in which the hand-tuned statements and the models differ; there are none while both are right. */
  differences: z.array(z.string()).default([]),
  peakMb: z.number(),
  /** What was written, where that is what a step is for. */
  written: z
    .object({
      /** Packs of partners, or pages of a site. */
      things: z.number(),
      files: z.number(),
      bytes: z.number(),
      /** Of the files, those that are new or other than in the site before. */
      changed: z.number(),
    })
    .optional(),
});
export type Measured = z.output<typeof measured>;
