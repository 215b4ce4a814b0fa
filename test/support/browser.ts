import { type Browser, chromium } from "playwright-core";

const args =
  "--no-sandbox --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Starts the system's Chromium; `ATTRIBUTARY_CHROMIUM` names another one. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.ATTRIBUTARY_CHROMIUM ?? "/usr/bin/chromium",
    args: args.split(" "),
  });
}
