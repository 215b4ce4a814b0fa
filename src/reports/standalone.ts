import type { Assets } from "./assets.ts";
import { html, type Markup, raw } from "./html.ts";
import { printFoot } from "./print-foot.ts";

/** A page that stands for itself: no menu, no script, nothing fetched. */
export interface StandaloneParts {
  readonly title: string;
  readonly assets: Assets;
  readonly body: Markup;
  /** What stands at the foot of every printed sheet, beside its number. */
  readonly foot: string;
  /** Further rules of style for this page alone, our own text. */
  readonly style?: string;
}

/** Writes a page for a file of its own, to be read, printed or sent on. */
export function standalone(parts: StandaloneParts): string {
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${parts.title}</title>
<link rel="icon" href="data:,">
<style>${raw(parts.assets.style.markup)}${raw(parts.style ?? "")}</style>
<style>${printFoot(parts.foot)}</style>
</head>
<body>
<main id="main">
${parts.body}
</main>
</body>
</html>`.markup
  }\n`;
}
