import { access } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { exitCode, messageOf, UserError } from "../errors.ts";

/** A printed page and how many sheets it takes. */
export interface Printed {
  readonly pdf: Uint8Array;
  readonly pages: number;
}

/** Where a system's Chromium usually stands. */
const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const switches = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];

/** A browser that prints pages, for as many as there are. */
export interface Printer {
  /** Prints a self-contained page, without any network and without running a script. */
  readonly print: (text: string) => Promise<Printed>;
  readonly close: () => Promise<void>;
}

/** Starts the system's Chromium for printing; `browser` is its path where it stands elsewhere. Throws UserError (exit 2) when there is none. */
export async function openPrinter(browser?: string): Promise<Printer> {
  const { chromium } = await import("playwright-core");
  const place = browser ?? (await findBrowser());
  const running = await chromium.launch({ executablePath: place, args: switches }).catch((error: unknown) => {
    throw refusal(`no browser starts at ${place} (${messageOf(error).split("\n")[0]})`, error);
  });
  return Object.freeze({
    print: (text: string) =>
      printOn(running, text).catch((error: unknown) => {
        if (running.isConnected()) throw error;
        throw new UserError({
          where: "--format pdf",
          found: "the browser ended before all pages were printed",
          fix: "nothing was written; run it again, with more memory if it was ended for want of it",
          exitCode: exitCode.usage,
          cause: error,
        });
      }),
    close: () => running.close(),
  });
}

async function printOn(browser: Browser, text: string): Promise<Printed> {
  const page = await browser.newPage({ javaScriptEnabled: false });
  try {
    await page.route("**/*", (route) => (route.request().url().startsWith("data:") ? route.continue() : route.abort()));
    await page.setContent(text, { waitUntil: "load" });
    const pdf = await page.pdf({ format: "A4", printBackground: true, preferCSSPageSize: false });
    return Object.freeze({ pdf, pages: countPages(pdf) });
  } finally {
    await page.close();
  }
}

/** Prints one page; see `openPrinter`. */
export async function printPage(text: string, browser?: string): Promise<Printed> {
  const printer = await openPrinter(browser);
  try {
    return await printer.print(text);
  } finally {
    await printer.close();
  }
}

async function findBrowser(): Promise<string> {
  for (const place of usualPlaces) {
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  throw refusal(`no browser is at ${usualPlaces.join(", ")}`, undefined);
}

// Chromium writes each page as a plain object of its own.
function countPages(pdf: Uint8Array): number {
  return [
    ...Buffer.from(pdf)
      .toString("latin1")
      .matchAll(/\/Type\s*\/Page\b(?!s)/g),
  ].length;
}

function refusal(found: string, cause: unknown): UserError {
  return new UserError({
    where: "--format pdf",
    found,
    fix: "install Chromium or Chrome, or name its path in ATTRIBUTARY_CHROMIUM; --format html needs none and prints from any browser",
    exitCode: exitCode.usage,
    cause,
  });
}
