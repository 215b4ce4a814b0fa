import { z } from "zod";
import { exitCode, UserError } from "../../errors.ts";
import type { Reply } from "../transport.ts";
import { type StripeClient, stripeError } from "./client.ts";

/** Stripe's largest page. */
export const pageSize = 100;

/** How many chains of pages of one stream are read side by side. */
export const width = 10;

/** A page of a list, as far as its paging needs it. */
export const listShape = z.object({
  has_more: z.boolean(),
  data: z.array(
    z.object({ id: z.string(), created: z.number().optional(), customer: z.string().optional().catch(undefined) }),
  ),
});

/** Whether the record that a page was to follow is not there any more. */
export function isMissingMark(reply: Reply): boolean {
  const error = stripeError(reply.body);
  return error.code === "resource_missing" && error.param === "starting_after";
}

/** The error for a list that Stripe does not give. */
export function refused(client: StripeClient, path: string, reply: Reply): UserError {
  return new UserError({
    where: `source ${client.source}`,
    found: `GET ${path}: ${reply.status} (${stripeError(reply.body).message ?? "no reason given"})`,
    fix: "`attributary doctor` looks closer at this source",
    exitCode: exitCode.source,
  });
}
