import type { z } from "zod";
import { exitCode, UserError } from "../errors.ts";

/**
 * Reads the part of an answer that paging needs. Throws `UserError` (exit 3) when it is not there: a proxy or a mistaken
 * base_url answers in the vendor's place.
 */
export function readShape<Shape extends z.ZodType>(
  shape: Shape,
  json: unknown,
  source: string,
  label: string,
): z.output<Shape> {
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new UserError({
    where: `source ${source}`,
    found: `${label}: an answer that is not the vendor's own (${["$", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "unreadable"})`,
    fix: "check that base_url leads to the vendor's own API; `attributary doctor` shows what it answers",
    exitCode: exitCode.source,
  });
}
