import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer as createTcp, type Server } from "node:net";
import { onTestFinished } from "vitest";

/** The port a server listens at, on loopback; it is closed when the test is over. */
export async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A server that takes messages over HTTP and answers with these statuses first, then 200; with 0 it never answers. */
export async function takeWebhooks(...statuses: number[]) {
  const received: Received[] = [];
  const waiting = Promise.withResolvers<void>();
  const server = createHttp((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const status = statuses.shift() ?? 200;
      if (status === 0) {
        waiting.resolve();
        return;
      }
      if (status === 200) received.push({ path: request.url ?? "", headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  return { url: `http://127.0.0.1:${await portOf(server)}`, received, waiting: waiting.promise };
}

/** A server that takes mail, as little of it as a mail needs; so many of the first ones are refused for the moment. */
export async function takeMail(refusals = 0) {
  let left = refusals;
  const mails: string[] = [];
  const server = createTcp((socket) => {
    let text = "";
    let isData = false;
    socket.write("220 local\r\n");
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      for (;;) {
        const end = isData ? text.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
        if (end === -1) return;
        const line = text.slice(0, end);
        text = text.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          if (left > 0) {
            left -= 1;
            socket.write("451 try again later\r\n");
            continue;
          }
          mails.push(line);
          socket.write("250 taken\r\n");
        } else if (/^DATA/i.test(line)) {
          isData = true;
          socket.write("354 go on\r\n");
        } else if (/^QUIT/i.test(line)) {
          socket.end("221 bye\r\n");
        } else socket.write("250 fine\r\n");
      }
    });
  });
  return { url: `smtp://127.0.0.1:${await portOf(server)}`, mails };
}
