import { type Element, elements, hasClass, type Node, parseMarkup, saidBy } from "./markup.ts";

/**
 * A page as plain text, for reading and comparing: what a reader without scripts finds between the strip and the foot, one
 * line for each heading, sentence, card and row. Drawings are told by their names, tables by their cells with `|` between.
 */
export function pageText(page: string): string {
  const main = elements(parseMarkup(page), (element) => element.tag === "main")[0];
  if (main === undefined) throw new Error("the page has no main");
  return `${linesOf(main)
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

function linesOf(node: Node): readonly string[] {
  if (typeof node === "string") return said(node);
  if (isForScripts(node) || hasClass(node, "key-narrow") || (hasClass(node, "drawn") && hasClass(node, "narrow")))
    return [];
  // Statements stand in the files they come from.
  if (node.tag === "pre") return [];
  if (node.tag === "svg") {
    const name = node.attributes.get("aria-label");
    return name === undefined ? [] : [`(drawing) ${name}`];
  }
  if (hasClass(node, "card")) return ["", ...cardLines(node)];
  if (node.tag === "table") return rowsOf(node).map((row) => row.join(" | "));
  const level = /^h([123])$/.exec(node.tag)?.[1];
  if (level !== undefined) return ["", `${"#".repeat(Number(level))} ${words(node)}`];
  if (hasClass(node, "finding")) return ["", `> ${words(node)}`];
  if (node.tag === "div" && node.children.some((child) => isElement(child, "dt")))
    return [node.children.map(words).filter(Boolean).join(": ")];
  if (/^(?:p|figcaption|summary|dt|footer)$/.test(node.tag)) return said(node);
  if (node.tag === "li") return said(node).map((line) => `- ${line}`);
  if (node.tag === "dd") return said(node).map((line) => `    ${line}`);
  return node.children.flatMap(linesOf);
}

/** Label and value in a line, then what it is compared with and rests on. */
function cardLines(card: Element): readonly string[] {
  const of = (name: string): readonly Element[] => elements(card, (element) => hasClass(element, name));
  const label = elements(card, (element) => element.tag === "h3").map(words);
  const drawn = elements(card, (element) => element.tag === "svg").map(
    (svg) => `  (drawing) ${svg.attributes.get("aria-label") ?? ""}`,
  );
  const compared = elements(card, (element) => element.tag === "tr").map(
    (row) => `  ${row.children.map(words).filter(Boolean).join(": ")}`,
  );
  const rest = [...of("card-why"), ...of("card-n")].map((line) => `  ${words(line)}`);
  return [`${label.join("")}: ${of("card-value").map(words).join("")}`, ...drawn, ...compared, ...rest];
}

function rowsOf(table: Element): readonly (readonly string[])[] {
  return elements(table, (element) => element.tag === "tr" || element.tag === "caption").map((row) =>
    row.tag === "caption"
      ? [`[${words(row)}]`]
      : row.children.filter((cell) => typeof cell !== "string" && !cell.attributes.has("data-drawn")).map(words),
  );
}

function said(node: Node): readonly string[] {
  const text = words(node);
  return text === "" ? [] : [text];
}

// Words for screen readers stand beside signs that say the same.
function words(node: Node): string {
  return saidBy(
    spaced(node),
    (element) => isForScripts(element) || hasClass(element, "hidden-words") || element.tag === "svg",
  );
}

function spaced(node: Node): Node {
  if (typeof node === "string") return node;
  const children = node.children.map(spaced);
  return {
    ...node,
    children: /^(?:br|p|div|span|a|b|li)$/.test(node.tag) && hasSpace(node) ? [" ", ...children, " "] : children,
  };
}

// A scope stands apart from its label, the parts of a foot from each other.
function hasSpace(element: Element): boolean {
  return (
    element.tag === "br" || hasClass(element, "scope") || (element.tag === "span" && element.attributes.size === 0)
  );
}

function isForScripts(element: Element): boolean {
  return hasClass(element, "needs-script") || element.tag === "script" || element.tag === "style";
}

function isElement(node: Node, tag: string): boolean {
  return typeof node !== "string" && node.tag === tag;
}
