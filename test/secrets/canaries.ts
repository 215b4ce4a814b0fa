import { glob, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createPort } from "node:net";
import path from "node:path";
import { openEngine } from "../../src/warehouse/database.ts";

/** A secret of each kind; the signs in them are written differently in addresses, and their beginnings are looked for. */
export const canaries = Object.freeze({
  hubspot: "hcnry+01/abcdefghijklmnop==",
  stripe: "rk_test_scnry02abcdefghijklm",
  salesforceId: "3MVG9ccnry00.abcdefgh_ijklmnop",
  salesforceSecret: "fcnry+03/abcdefghijklmnop==",
  salesforceSession: "gcnry!04.abcdefghijklmnop",
  salesforceToken: "tcnry+05/abcdefghijklmnop==",
  proxyWord: "pcnry06abcdefghijklm",
  slackPath: "lcnry07abcdefghijklm",
  hookPath: "wcnry08abcdefghijklm",
  signing: "icnry+09/abcdefghijklmnop==",
  smtpUser: "ucnry10abcdefghijklm",
  smtpWord: "dcnry+11/abcdefgh==",
});

// The first letters of each, since what is cut off within a secret is a secret, too.
const needles: readonly string[] = Object.values(canaries).flatMap((canary) => {
  const beginning = canary.startsWith("rk_test_") ? canary.slice(8, 15) : canary.slice(0, 8);
  const bytes = Buffer.from(canary).toString("base64");
  return [beginning, encodeURIComponent(beginning), bytes.slice(0, 10)];
});

/** Which canaries a text has, by their first letters. */
export function canariesIn(text: string): readonly string[] {
  return needles.filter((needle) => text.includes(needle));
}

/** Which files below a folder have canaries, and which tables of databases; these compress what they hold. */
export async function canariesBelow(folder: string, except: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const entry of glob("**/*", { cwd: folder, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    if (!entry.isFile() || except.includes(name)) continue;
    for (const needle of canariesIn(await readFile(file, "latin1"))) found.push(`${name}: ${needle}`);
    if (name.endsWith(".duckdb")) for (const hit of await canariesInTables(file)) found.push(`${name}: ${hit}`);
  }
  return found;
}

async function canariesInTables(file: string): Promise<readonly string[]> {
  const engine = await openEngine();
  try {
    await engine.attach(file, "looked", { readOnly: true });
    const connection = await engine.connect();
    const tables = await connection.rows<{ name: string }>(
      `select '"' || schema_name || '"."' || table_name || '"' as name from duckdb_tables() where database_name = 'looked'`,
    );
    const any = needles.map((needle) => `contains(t::varchar, '${needle}')`).join(" or ");
    const hits: string[] = [];
    for (const { name } of tables) {
      const row = await connection
        .row<{ text: string }>(`select t::varchar as text from looked.${name} as t where ${any} limit 1`)
        .catch((error: unknown) => {
          throw new Error(`${file}, ${name} cannot be read`, { cause: error });
        });
      if (row !== undefined) hits.push(`${name} ${canariesIn(row.text).join(" ")}`);
    }
    connection.close();
    return hits;
  } finally {
    engine.close();
  }
}

/** How the server below answers. */
export interface Mode {
  readonly status: number;
  readonly body: "error" | "short" | "list" | "html" | "cut";
}

/** A server that repeats whatever it was sent in each of its answers, as it stands and decoded, so that a sentence of it is cut within a secret. */
export async function startEcho(): Promise<{
  readonly url: string;
  answer: Mode;
  readonly close: () => Promise<void>;
}> {
  const echo = { url: "", answer: { status: 401, body: "error" } as Mode, close: async () => undefined as undefined };
  const server = createServer((request, response) => {
    let sent = "";
    request.on("data", (chunk: Buffer) => {
      sent += chunk.toString("utf8");
    });
    request.on("end", () => {
      if (request.url === "/services/oauth2/token" && echo.answer.status !== 400) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ access_token: canaries.salesforceSession, instance_url: echo.url }));
        return;
      }
      const authorization = request.headers.authorization ?? "";
      const plain = Buffer.from(authorization.split(" ")[1] ?? "", "base64").toString("latin1");
      const all = [authorization, plain, decodeURIComponent(sent.replaceAll("+", " ")), sent, request.url].join(" ");
      // Of a long sentence the first 300 letters are told: the secret begins at the 290th.
      const secret = authorization.split(" ")[1] ?? sent;
      const long = `${"x".repeat(289)} ${secret}`;
      const { status, body } = echo.answer;
      const told = {
        message: `you sent ${all}`,
        error: { message: long },
        error_description: all,
        errorCode: "X",
        category: "X",
      };
      const texts = {
        error: JSON.stringify(told),
        short: JSON.stringify({ error: "invalid_client", error_description: `you sent ${sent}` }),
        list: JSON.stringify([{ message: long, errorCode: all }]),
        html: `<html><body>${all}</body></html>`,
        cut: `{"message":"${all}`,
      };
      response.writeHead(status, {
        "content-type": body === "html" ? "text/html" : "application/json",
        "x-sent": all.replaceAll(/[^ -~]/g, "?"),
      });
      response.end(texts[body]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  echo.url = `http://127.0.0.1:${address.port}`;
  return Object.assign(echo, {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** A mail server that refuses a sign-in and repeats it. */
export async function startRefusingMail(): Promise<{ readonly port: number; readonly close: () => void }> {
  const server = createPort((socket) => {
    socket.write("220 here\r\n");
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const line = chunk.toString("utf8").trim();
      if (/^EHLO/i.test(line)) socket.write("250-here\r\n250 AUTH PLAIN LOGIN\r\n");
      else
        socket.write(
          `535 refused: ${line} ${Buffer.from(line.split(" ").at(-1) ?? "", "base64").toString("utf8")}\r\n`,
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { port: address.port, close: () => void server.close() };
}
