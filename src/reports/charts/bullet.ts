import { html, type Markup } from "../html.ts";

/** What a bullet shows, all in one unit. */
export interface BulletParts {
  readonly value: number;
  readonly target: number;
  /** The same quarter a year ago, as a thinner tick. */
  readonly yearAgo: number | null;
  readonly label: string;
}

/** Few's bullet: a bar from zero, a tick across it for the target, a thin one for a year ago, two grey bands behind. */
export function bullet(parts: BulletParts): Markup {
  const top = Math.max(parts.value, parts.target, parts.yearAgo ?? 0, 1e-9) * 1.08;
  const at = (value: number): number => Math.round((Math.max(0, value) / top) * 3000) / 10;
  return html`<svg class="bullet" viewBox="0 0 300 18" preserveAspectRatio="none" role="img" aria-label="${parts.label}"><rect x="0" y="3" width="300" height="12" fill="var(--band-2)"/><rect x="0" y="3" width="${at(parts.target * 0.8)}" height="12" fill="var(--band-1)"/><rect x="0" y="6.5" width="${at(parts.value)}" height="5" fill="var(--mark)"/>${
    parts.yearAgo === null
      ? null
      : html`<rect x="${at(parts.yearAgo) - 0.5}" y="4.5" width="1" height="9" fill="var(--mark)"/>`
  }<rect x="${at(parts.target) - 1.25}" y="1" width="2.5" height="16" fill="var(--target)"/></svg>`;
}
