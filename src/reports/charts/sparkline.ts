import { html, type Markup, raw } from "../html.ts";

/** A grey line of up to eight quarters with a dot at its end; a quarter still running is joined by a dashed line. Text beside it says the value. */
export function sparkline(values: readonly (number | null)[], lastIsRunning: boolean, label: string): Markup {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return raw("");
  const low = Math.min(0, ...known);
  const high = Math.max(...known, low + 1e-9);
  const step = 104 / Math.max(1, values.length - 1);
  const points = values.map((value, index) =>
    value === null ? null : { x: round(3 + index * step), y: round(30 - ((value - low) / (high - low)) * 26) },
  );
  const lines: string[] = [];
  let running = "";
  for (const [index, point] of points.entries()) {
    const before = index === 0 ? null : (points[index - 1] ?? null);
    if (point === null || before === null) continue;
    const line = `M${before.x},${before.y}L${point.x},${point.y}`;
    if (lastIsRunning && index === points.length - 1) running = line;
    else lines.push(line);
  }
  const last = points.at(-1) ?? null;
  return html`<svg class="sparkline" viewBox="0 0 112 34" role="img" aria-label="${label}"><path d="${lines.join("")}" fill="none" stroke="var(--mark-soft)" stroke-width="1.5"/>${
    running === ""
      ? null
      : html`<path d="${running}" fill="none" stroke="var(--mark-soft)" stroke-width="1.5" stroke-dasharray="2 2"/>`
  }${last === null ? null : html`<circle cx="${last.x}" cy="${last.y}" r="2.6" fill="var(--mark)"/>`}</svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
