/** An element of a page as it was written, without a browser's repairs. */
export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Node[];
}

/** An element, or text with its entities resolved. */
export type Node = Element | string;

const empty = new Set(["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"]);
const named: Readonly<Record<string, string>> = Object.freeze({
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
});

/**
 * Reads a page of ours: every element that opens must close. It reads a hundred pages while a browser's parser reads two,
 * and throws where a page is not well made, which a browser would hide. Scripts and styles keep their text as it is.
 */
export function parseMarkup(page: string): Element {
  const root: Element = { tag: "", attributes: new Map(), children: [] };
  const open: Element[] = [root];
  const put = (node: Node): void => void ((open.at(-1) ?? root).children as Node[]).push(node);
  const pattern =
    /<!--[\s\S]*?-->|<!doctype[^>]*>|<(\/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*(\/?)>/gi;
  let at = 0;
  for (let found = pattern.exec(page); found !== null; found = pattern.exec(page)) {
    if (found.index > at) put(resolve(page.slice(at, found.index)));
    at = pattern.lastIndex;
    const [, closes = "", name = "", said = "", selfCloses = ""] = found;
    if (name === "") continue;
    const tag = name.toLowerCase();
    if (closes === "/") {
      const last = open.pop();
      if (last === undefined || last.tag !== tag) throw new Error(`</${tag}> closes <${last?.tag ?? ""}> at ${at}`);
      continue;
    }
    const attributes = new Map(
      [...said.matchAll(/\s+([^\s=>/]+)(?:="([^"]*)")?/g)].map(([, key = "", value = ""]) => [key, resolve(value)]),
    );
    const element: Element = { tag, attributes, children: [] };
    put(element);
    if (empty.has(tag) || selfCloses === "/") continue;
    if (tag === "script" || tag === "style") {
      const end = page.indexOf(`</${tag}>`, at);
      (element.children as Node[]).push(page.slice(at, end));
      at = end + tag.length + 3;
      pattern.lastIndex = at;
    } else open.push(element);
  }
  if (at < page.length) put(resolve(page.slice(at)));
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.tag ?? ""}> is never closed`);
  return root;
}

function resolve(text: string): string {
  if (/<[a-z!/]/i.test(text)) throw new Error(`a tag is not well made: ${text.slice(0, 80)}`);
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return named[name] ?? whole;
  });
}

/** What a node says, blanks as they are; scripts and styles say nothing. */
export function textOf(node: Node, skips: (element: Element) => boolean = () => false): string {
  if (typeof node === "string") return node;
  if (node.tag === "script" || node.tag === "style" || skips(node)) return "";
  return node.children.map((child) => textOf(child, skips)).join("");
}

/** The same with runs of blanks as one. */
export function saidBy(node: Node, skips: (element: Element) => boolean = () => false): string {
  return textOf(node, skips).replaceAll(/\s+/g, " ").trim();
}

/** Every element below a node that is meant, in the order of the page; what is below one that is cut is left out. */
export function elements(
  node: Node,
  isMeant: (element: Element) => boolean,
  cuts: (element: Element) => boolean = () => false,
): readonly Element[] {
  const found: Element[] = [];
  const walk = (one: Node): void => {
    if (typeof one === "string" || cuts(one)) return;
    if (isMeant(one)) found.push(one);
    for (const child of one.children) walk(child);
  };
  walk(node);
  return found;
}

/** Whether an element has a class. */
export function hasClass(element: Element, name: string): boolean {
  return (element.attributes.get("class") ?? "").split(" ").includes(name);
}
