import { exitCode, messageOf, UserError } from "../errors.ts";

/** A printed page and how many sheets it takes. */
export interface Printed {
  readonly pdf: Uint8Array;
  readonly pages: number;
}

/** Where a system's Chromium usually stands. */
const usualPlace = "/usr/bin/chromium";

const switches = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];

/**
 * Prints a self-contained page to PDF with the system's Chromium, without any network. `browser` is its path.
 * Throws UserError (exit 2) when there is none.
 */
export async function printPage(text: string, browser: string = usualPlace): Promise<Printed> {
  const { chromium } = await import("playwright-core").catch((error: unknown) => {
    throw refusal("the package playwright-core is not installed", "install it beside attributary", error);
  });
  const running = await chromium.launch({ executablePath: browser, args: switches }).catch((error: unknown) => {
    throw refusal(
      `no browser starts at ${browser} (${messageOf(error).split("\n")[0]})`,
      "install Chromium, or name its path in ATTRIBUTARY_CHROMIUM",
      error,
    );
  });
  try {
    const page = await running.newPage();
    await page.route("**/*", (route) => (route.request().url().startsWith("data:") ? route.continue() : route.abort()));
    await page.setContent(text, { waitUntil: "load" });
    const pdf = await page.pdf({ format: "A4", printBackground: true, preferCSSPageSize: false });
    return Object.freeze({ pdf, pages: countPages(pdf) });
  } finally {
    await running.close();
  }
}

// Chromium writes each page as a plain object of its own.
function countPages(pdf: Uint8Array): number {
  return [
    ...Buffer.from(pdf)
      .toString("latin1")
      .matchAll(/\/Type\s*\/Page\b(?!s)/g),
  ].length;
}

function refusal(found: string, fix: string, cause: unknown): UserError {
  return new UserError({
    where: "--format pdf",
    found,
    fix: `${fix}; --format html needs neither`,
    exitCode: exitCode.usage,
    cause,
  });
}
