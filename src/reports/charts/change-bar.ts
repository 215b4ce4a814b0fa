import { html, type Markup, nothing } from "../html.ts";

/** A bar to the left or right of the middle of a table cell, on one scale down the column. The number stands in the next cell. */
export function changeBar(value: number, largest: number): Markup {
  const size = largest === 0 ? 0 : Math.round((Math.abs(value) / largest) * 980) / 10;
  const x = value < 0 ? 100 - size : 100;
  return html`<svg class="cell-bar" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true"><rect x="${x}" y="2" width="${size}" height="12" fill="${value < 0 ? "var(--worse)" : "var(--better)"}"/><rect x="99.5" y="0" width="1" height="16" fill="var(--line-strong)"/></svg>`;
}

/** A bar from the left of a table cell, on one scale down the column; nothing where it would have no length. */
export function lengthBar(value: number, largest: number, fill = "var(--mark-soft)"): Markup {
  const size = largest === 0 ? 0 : Math.round((Math.max(0, value) / largest) * 2000) / 10;
  if (size === 0) return nothing;
  return html`<svg class="cell-bar" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true"><rect x="0" y="2" width="${size}" height="12" fill="${fill}"/></svg>`;
}
