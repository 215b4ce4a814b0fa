import { escaped } from "./html.ts";

/** What Plot builds: an element with attributes, inline style and children, and how it reads as text. */
export interface TinyElement {
  readonly tagName: string;
  readonly outerHTML: string;
  setAttribute(name: string, value: unknown): void;
}

interface TinyText {
  readonly text: string;
  parentNode: TinyNodeList | null;
}

type TinyNode = DrawnElement | TinyText;

/** An element as the place where others stand. */
interface TinyNodeList {
  readonly childNodes: TinyNode[];
}

interface TinyDocument {
  readonly createElement: (name: string) => TinyElement;
}

/**
 * Makes the part of a `Document` that Observable Plot needs to draw.
 * A page of charts costs a quarter of what a whole DOM costs (jsdom); a test holds the drawings equal to jsdom's.
 * One document serves any number of charts.
 */
export function makeDocument() {
  const document = {
    defaultView: { Event: Object },
    createElement: (name: string) => new DrawnElement(document, name, "http://www.w3.org/1999/xhtml"),
    createElementNS: (namespace: string, name: string) => new DrawnElement(document, name, namespace),
    createTextNode: textNode,
    get documentElement(): TinyElement {
      return new DrawnElement(document, "html", "http://www.w3.org/1999/xhtml");
    },
  };
  return document;
}

const textNode = (text: string): TinyText => ({ text, parentNode: null });

// A drawing has hundreds of elements and a site hundreds of thousands, so what they can do stands once, in a class.
class DrawnElement implements TinyElement {
  readonly ownerDocument: TinyDocument;
  readonly tagName: string;
  readonly namespaceURI: string;
  readonly childNodes: TinyNode[] = [];
  parentNode: TinyNodeList | null = null;
  readonly #attributes = new Map<string, string>();
  #style: DrawnStyle | undefined;

  constructor(ownerDocument: TinyDocument, tagName: string, namespaceURI: string) {
    this.ownerDocument = ownerDocument;
    this.tagName = tagName;
    this.namespaceURI = namespaceURI;
  }

  get style(): DrawnStyle {
    this.#style ??= new DrawnStyle();
    return this.#style;
  }

  get firstChild(): TinyNode | null {
    return this.childNodes[0] ?? null;
  }

  get children(): readonly TinyNode[] {
    return this.childNodes.filter((node) => "tagName" in node);
  }

  get nextSibling(): TinyNode | null {
    const siblings = this.parentNode?.childNodes;
    return siblings?.[siblings.indexOf(this) + 1] ?? null;
  }

  get textContent(): string {
    return this.childNodes.map((node) => ("text" in node ? node.text : node.textContent)).join("");
  }

  set textContent(text: string) {
    for (const node of this.childNodes.splice(0)) node.parentNode = null;
    if (String(text) !== "") this.appendChild(textNode(String(text)));
  }

  get outerHTML(): string {
    let markup = `<${this.tagName}`;
    for (const [name, value] of this.#attributes) markup += ` ${name}="${escaped(value)}"`;
    const css = this.#style === undefined ? "" : styleText(this.#style);
    if (css !== "") markup += ` style="${escaped(css)}"`;
    return `${markup}>${this.innerHTML}</${this.tagName}>`;
  }

  get innerHTML(): string {
    return this.childNodes.map((node) => markupOf(node, this.tagName)).join("");
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, String(value));
  }

  setAttributeNS(_namespace: string, name: string, value: unknown): void {
    this.#attributes.set(name, String(value));
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  appendChild(node: TinyNode): TinyNode {
    return this.insertBefore(node, null);
  }

  append(...nodes: readonly (TinyNode | string)[]): void {
    for (const node of nodes) this.appendChild(typeof node === "string" ? textNode(node) : node);
  }

  insertBefore(node: TinyNode, before: TinyNode | null): TinyNode {
    detach(node);
    if (before === null) this.childNodes.push(node);
    else this.childNodes.splice(this.childNodes.indexOf(before), 0, node);
    node.parentNode = this;
    return node;
  }

  removeChild(node: TinyNode): TinyNode {
    detach(node);
    return node;
  }

  remove(): void {
    detach(this);
  }

  addEventListener(): void {}

  querySelector(): null {
    return null;
  }

  querySelectorAll(): readonly TinyNode[] {
    return [];
  }
}

/** Inline style; each property that was set is one of its own. */
class DrawnStyle {
  [name: string]: unknown;

  setProperty(name: string, value: unknown): void {
    this[name] = value;
  }

  removeProperty(name: string): void {
    delete this[name];
  }
}

function detach(node: TinyNode): void {
  const siblings = node.parentNode?.childNodes;
  if (siblings !== undefined) siblings.splice(siblings.indexOf(node), 1);
  node.parentNode = null;
}

function markupOf(node: TinyNode, parent: string): string {
  if ("text" in node) return parent === "style" ? node.text : escaped(node.text);
  return node.outerHTML;
}

function styleText(style: DrawnStyle): string {
  return Object.entries(style)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.startsWith("--") ? name : kebab(name)}: ${String(value)};`)
    .join(" ");
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
