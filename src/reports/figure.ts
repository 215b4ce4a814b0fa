import { type Fragment, html, type Markup, raw } from "./html.ts";
import { unbroken } from "./words.ts";

/** The widths a chart is drawn at: across the page, in half of it, on a phone. The page shows the one that fits. */
export const widths = Object.freeze({ full: 920, half: 540, narrow: 340 });

/** A chart with its words around it. */
export interface FigureParts {
  /** The finding the chart shows, as a sentence. */
  readonly title: Fragment;
  /** How to read it: measure, unit, population, source. */
  readonly caption: Fragment;
  /** What a screen reader says instead of the drawing; the finding again, in plain text. */
  readonly label: string;
  readonly size: "full" | "half";
  readonly draw: (width: number) => Markup;
  /** Shapes and their words, where direct labels do not reach. */
  readonly key?: Fragment;
  /** The same, shown only where the drawing is too narrow for direct labels. */
  readonly narrowKey?: Fragment;
  /** The exact table behind the drawing. */
  readonly data: Markup;
  readonly notes?: readonly Fragment[];
  /** What the filter bar does not change here, in words. */
  readonly scope?: string;
}

/** Draws a figure: heading, drawing for wide and narrow pages, how to read it, its data. */
export function figure(parts: FigureParts): Markup {
  return section(parts.title, null, chart(parts), parts.scope);
}

/** A figure without its heading, for a heading that follows other choices of the filter bar than the drawing. */
export function chart(parts: Omit<FigureParts, "title" | "scope">): Markup {
  return html`<figure class="chart">
${parts.key === undefined ? null : html`<p class="key">${parts.key}</p>`}${parts.narrowKey === undefined ? null : html`<p class="key key-narrow">${parts.narrowKey}</p>`}
<div class="drawn ${parts.size}">${named(parts.draw(widths[parts.size]), parts.label)}</div><div class="drawn narrow">${named(withoutHints(parts.draw(widths.narrow)), parts.label)}</div>
<figcaption>${inLines(parts.caption)}</figcaption>
${notesOf(parts.notes ?? [])}
<details><summary>Data</summary>${parts.data}</details>
</figure>`;
}

/** A figure that has nothing to draw yet: what is missing, why, and what would fill it. */
export function emptyFigure(title: Fragment, reason: Fragment): Markup {
  return html`<section class="section"><h2>${title}</h2><p class="empty">${reason}</p></section>`;
}

/** A section of words, tables or lists under a heading that is a finding. */
export function section(title: Fragment, lead: Fragment, body: Markup, scope?: string): Markup {
  return html`<section class="section"><h2>${inLines(title)}${scope === undefined ? null : html`<span class="scope-tag">${"\u00a0"}· ${scope}</span>`}</h2>
${lead === null || lead === "" ? null : html`<p class="lead">${inLines(lead)}</p>`}${body}</section>`;
}

/** Words as they stand in lines of text. */
function inLines(words: Fragment): Fragment {
  return typeof words === "string" ? unbroken(words) : words;
}

function notesOf(notes: readonly Fragment[]): Markup | null {
  return notes.length === 0 ? null : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
}

// Nothing hovers on a phone, and the same words stand in the table of data.
function withoutHints(svg: Markup): Markup {
  return raw(svg.markup.replaceAll(/<title>[^<]*<\/title>/g, ""));
}

function named(svg: Markup, label: string): Markup {
  const attributes = html`role="img" aria-label="${label}"`;
  return raw(svg.markup.replace("<svg ", `<svg ${attributes.markup} `));
}
