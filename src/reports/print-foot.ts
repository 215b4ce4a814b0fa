import { type Markup, raw } from "./html.ts";

/** The rule that writes a line and the sheet's number at the foot of every printed sheet, in its margin. */
export function printFoot(foot: string): Markup {
  // What would end the text of a rule, or the rule itself, is left away.
  const text = foot.replaceAll(/["\\<>]/g, "").replaceAll(/\p{Cc}+/gu, " ");
  return raw(
    `@media print { @page { @bottom-left { content: "${text}"; font: 9px system-ui, sans-serif; color: #5b6470 } @bottom-right { content: counter(page) " / " counter(pages); font: 9px system-ui, sans-serif; color: #5b6470 } } }`,
  );
}
