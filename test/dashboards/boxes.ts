import { readFile } from "node:fs/promises";
import path from "node:path";
import { inflateSync } from "node:zlib";
import { type Element, elements, hasClass, type Node, parseMarkup, saidBy } from "../support/markup.ts";

/**
 * What a page must never say, in words with the file, for every page of a site and every stored choice of the filter bar:
 * a number that is none, a share of nothing, an empty cell, a section, card or drawing without anything in it.
 */
export async function wrongBoxes(site: {
  readonly directory: string;
  readonly files: readonly string[];
}): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const file of site.files) {
    const page = await readFile(path.join(site.directory, file), "utf8");
    const main = elements(parseMarkup(page), (element) => element.tag === "main")[0];
    for (const words of main === undefined ? ["it has no main"] : wrongIn(main)) wrong.push(`${file}: ${words}`);
    const packed = page.match(/id="views">([^<]+)</)?.[1];
    if (packed === undefined) continue;
    const { texts } = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as {
      readonly texts: readonly string[];
    };
    for (const text of texts) for (const words of wrongIn(parseMarkup(text))) wrong.push(`${file}, a choice: ${words}`);
  }
  return [...new Set(wrong)];
}

const inTable = (element: Element): boolean => element.tag === "tbody";

function wrongIn(node: Node): readonly string[] {
  const wrong: string[] = [];
  // A statement of SQL says null, and is no figure.
  const text = saidBy(node, (element) => element.tag === "pre");
  for (const [said] of text.matchAll(/.{0,40}\b(?:NaN|undefined|Infinity|null|\[object)\b.{0,20}/g))
    wrong.push(`it says "${said}"`);
  for (const [said] of text.matchAll(/.{0,30}\b(?:0(?:\.0)?% of (?:\$0|0|nothing)|0 of 0)\b.{0,20}/g))
    wrong.push(`it tells a share of nothing: "${said}"`);
  const labels = elements(node, (element) => element.attributes.has("aria-label")).map(
    (element) => element.attributes.get("aria-label") ?? "",
  );
  for (const label of labels)
    if (label.trim() === "" || /NaN|undefined|Infinity/.test(label)) wrong.push(`a drawing is called "${label}"`);
  for (const card of elements(node, (element) => hasClass(element, "card"))) {
    const of = (name: string): string =>
      elements(card, (element) => hasClass(element, name))
        .map((one) => saidBy(one))
        .join(" ");
    const [value, n, why] = [of("card-value"), of("card-n"), of("card-why")];
    const label = saidBy(elements(card, (element) => element.tag === "h3")[0] ?? "");
    if (value === "") wrong.push(`the card ${label} is empty`);
    if (value === "–" && why === "") wrong.push(`the card ${label} does not say why it has no value`);
    if (/%$/.test(value) && /^n = 0\b/.test(n)) wrong.push(`the card ${label} tells a share of nothing`);
  }
  for (const row of elements(node, inTable).flatMap((body) => elements(body, (element) => element.tag === "tr"))) {
    for (const cell of row.children) {
      if (typeof cell !== "string" && !cell.attributes.has("data-drawn") && saidBy(cell) === "")
        wrong.push(`a cell of the row "${saidBy(row)}" is empty`);
    }
  }
  for (const section of elements(node, (element) => element.tag === "section")) {
    const [heading, ...rest] = section.children.filter((child) => typeof child !== "string" || child.trim() !== "");
    const title = heading === undefined ? "" : saidBy(heading);
    if (title === "") wrong.push("a section has no heading");
    const holds = rest.some((part) => saidBy(part) !== "" && !(typeof part !== "string" && hasClass(part, "lead")));
    if (!holds) wrong.push(`below "${title}" there is nothing`);
  }
  for (const drawn of elements(node, (element) => hasClass(element, "drawn"))) {
    const marks = elements(drawn, (element) => /^(?:path|rect|circle|line|text)$/.test(element.tag));
    if (marks.length === 0) wrong.push("a drawing holds nothing");
  }
  return wrong;
}
