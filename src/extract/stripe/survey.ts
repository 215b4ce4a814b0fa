import { z } from "zod";
import type { SourceOf } from "../../config/schema.ts";
import { probeAttempts } from "../probe.ts";
import { readShape } from "../shape.ts";
import { distinct, type Survey, surveyOf } from "../survey.ts";
import type { TransportEffects } from "../transport.ts";
import { apiVersion, createStripeClient } from "./client.ts";

const listShape = z.object({
  data: z.array(z.object({ livemode: z.boolean().optional(), currency: z.string().nullish() })),
});

/** What an account offers to someone who sets it up, in one request. Throws `UserError` (exit 3) when it does not answer. */
export async function surveyStripe(source: SourceOf<"stripe">, effects: TransportEffects): Promise<Survey> {
  const client = createStripeClient(source, effects, { attempts: probeAttempts });
  const reply = await client.transport.request("invoices", client.get("/v1/invoices", [["limit", 100]]));
  const { data } = readShape(listShape, reply.json, source.name, "GET /v1/invoices");
  const invoice = data[0];
  const mode = invoice?.livemode === true ? "live" : "test";
  return surveyOf({
    found: [
      `Stripe account, ${invoice === undefined ? "no invoices yet" : `invoices in ${mode} mode`}, API version ${apiVersion}`,
    ],
    currencies: distinct(data.flatMap(({ currency }) => currency?.toUpperCase() ?? [])),
  });
}
