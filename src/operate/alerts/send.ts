import { createHmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Channel } from "../../config/schema.ts";
import type { Matter } from "./find.ts";

/** A message as every channel writes it in its own way. */
export interface Message {
  /** Id of the alert. */
  readonly alert: string;
  readonly rule: string;
  readonly at: string;
  readonly title: string;
  readonly items: readonly string[];
  /** The same by who is to act, for a digest; empty where nobody in particular is. */
  readonly sections: readonly Section[];
  /** The same for programs. */
  readonly matters: readonly Omit<Matter, "thing">[];
}

/** What one person is to act on. */
export interface Section {
  readonly owner: string;
  readonly items: readonly string[];
}

/** A message that could not be delivered; says nothing of the channel's address. */
export class DeliveryError extends Error {}

const itemsShown = 20;
const attempts = 3;
const firstDelayMs = 300;
const timeoutMs = 15_000;

/** Delivers one message, trying again where that may help. Throws DeliveryError when it cannot. */
export async function deliver(channel: Channel, message: Message): Promise<void> {
  switch (channel.kind) {
    case "slack":
      return post(channel.webhook_url, JSON.stringify({ text: slackText(textOf(message)) }), () => ({}));
    case "webhook": {
      const body = JSON.stringify(message);
      return post(channel.webhook_url, body, () => signed(body, channel.signing_secret, message.at));
    }
    case "smtp":
      return mail(channel, message);
  }
}

/** A message as plain text; of each person's part the first lines, since a chat cuts a long one anywhere. */
export function textOf({ title, items, sections }: Message): string {
  const lines = (part: readonly string[]): readonly string[] => [
    ...part.slice(0, itemsShown).map((item) => `• ${item}`),
    ...(part.length > itemsShown ? [`and ${part.length - itemsShown} more on the site`] : []),
  ];
  const body = sections.length === 0 ? lines(items) : sections.flatMap((one) => ["", one.owner, ...lines(one.items)]);
  return [title, ...body].join("\n");
}

/** Text as Slack shows it word for word: its signs for links and for calling people are those of a tag. */
const slackText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The receiver computes the same over the timestamp, a dot and the body, and compares. */
function signed(body: string, secret: string, at: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.parse(at) / 1000));
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return { "x-attributary-timestamp": timestamp, "x-attributary-signature": `sha256=${signature}` };
}

async function post(address: string, body: string, headers: () => Readonly<Record<string, string>>): Promise<void> {
  let problem = "";
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await setTimeout(firstDelayMs * 2 ** (attempt - 1));
    try {
      const answer = await fetch(address, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers() },
        // A signed message is for the one who is named, not for whoever that one points to.
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      if (answer.ok) return;
      problem = `it answered ${answer.status}`;
      if (answer.status < 500 && answer.status !== 429) break;
    } catch (error) {
      problem = `it could not be reached (${codeOf(error)})`;
    }
  }
  throw new DeliveryError(problem);
}

async function mail(channel: Extract<Channel, { kind: "smtp" }>, message: Message): Promise<void> {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    url: channel.smtp_url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  let problem = "";
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (attempt > 0) await setTimeout(firstDelayMs * 2 ** (attempt - 1));
      try {
        await transport.sendMail({
          from: channel.from,
          to: [...channel.recipients],
          subject: message.title,
          text: `${textOf(message)}\n\nAlert ${message.alert}, ${message.at}\n`,
        });
        return;
      } catch (error) {
        problem = `the mail was not taken (${codeOf(error)})`;
      }
    }
  } finally {
    transport.close();
  }
  throw new DeliveryError(problem);
}

/** The code of an error alone: its words may repeat an address or a name. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code: unknown = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : cause instanceof Error ? cause.name : "no reason given";
}
