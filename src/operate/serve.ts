import { createServer, type Server } from "node:http";
import sirv from "sirv";
import { exitCode, messageOf, UserError } from "../errors.ts";
import { type Home, needPublished } from "./home.ts";

/** Serves the published site on loopback. Resolves once it listens; close the server to stop it. */
export async function serveSite(home: Home, port: number): Promise<{ readonly url: string; readonly server: Server }> {
  await needPublished(home);
  // `dev` reads files as they are now, so a publish is seen without a restart.
  const files = sirv(home.site, { dev: true, dotfiles: false });
  const server = createServer((request, response) =>
    files(request, response, () => {
      response.statusCode = 404;
      response.end("There is no such page. Begin at /index.html.\n");
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new UserError({
          where: `serve --port ${port}`,
          found: messageOf(error),
          fix: "choose another port with --port, or 0 for any free one",
          exitCode: exitCode.usage,
          cause: error,
        }),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  return { url: `http://127.0.0.1:${actual}/`, server };
}
