import { escaped } from "./html.ts";

/** What Plot builds: an element with attributes, inline style and children, and how it reads as text. */
export interface TinyElement {
  readonly tagName: string;
  readonly outerHTML: string;
  setAttribute(name: string, value: unknown): void;
}

type TinyNode = TinyElement | { readonly text: string };

/**
 * Makes the part of a `Document` that Observable Plot needs to draw.
 * A page of charts costs a quarter of what a whole DOM costs (jsdom); a test holds the drawings equal to jsdom's.
 * One document serves any number of charts.
 */
export function makeDocument() {
  const document = {
    defaultView: { Event: Object },
    createElement: (name: string) => makeElement(document, name, "http://www.w3.org/1999/xhtml"),
    createElementNS: (namespace: string, name: string) => makeElement(document, name, namespace),
    createTextNode: (text: string) => Object.freeze({ text }),
    get documentElement() {
      return makeElement(document, "html", "http://www.w3.org/1999/xhtml");
    },
  };
  return document;
}

function makeElement(ownerDocument: object, tagName: string, namespaceURI: string): TinyElement {
  const attributes = new Map<string, string>();
  const childNodes: TinyNode[] = [];
  const style: Record<string, unknown> = {
    setProperty(name: string, value: unknown) {
      style[name] = value;
    },
    removeProperty(name: string) {
      delete style[name];
    },
  };

  const detach = (node: TinyNode) => {
    const parent = parents.get(node);
    if (parent !== undefined) parent.splice(parent.indexOf(node), 1);
  };
  const insertBefore = (node: TinyNode, before: TinyNode | null) => {
    detach(node);
    childNodes.splice(before === null ? childNodes.length : childNodes.indexOf(before), 0, node);
    parents.set(node, childNodes);
    owners.set(childNodes, element);
    return node;
  };

  const element = {
    tagName,
    namespaceURI,
    ownerDocument,
    childNodes,
    style,
    get parentNode() {
      const siblings = parents.get(element);
      return siblings === undefined ? null : (owners.get(siblings) ?? null);
    },
    get firstChild() {
      return childNodes[0] ?? null;
    },
    get children() {
      return childNodes.filter((node) => "tagName" in node);
    },
    get nextSibling() {
      const siblings = parents.get(element);
      return siblings?.[siblings.indexOf(element) + 1] ?? null;
    },
    get textContent() {
      return childNodes.map(plainText).join("");
    },
    set textContent(text: string) {
      childNodes.splice(0);
      if (String(text) !== "") insertBefore({ text: String(text) }, null);
    },
    get outerHTML() {
      const names = [...attributes].map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
      const css = styleText(style);
      return `<${tagName}${names}${css === "" ? "" : ` style="${escaped(css)}"`}>${element.innerHTML}</${tagName}>`;
    },
    get innerHTML() {
      return childNodes.map((node) => markupOf(node, tagName)).join("");
    },
    getAttribute: (name: string) => attributes.get(name) ?? null,
    hasAttribute: (name: string) => attributes.has(name),
    setAttribute: (name: string, value: unknown) => {
      attributes.set(name, String(value));
    },
    setAttributeNS: (_namespace: string, name: string, value: unknown) => {
      attributes.set(name, String(value));
    },
    removeAttribute: (name: string) => {
      attributes.delete(name);
    },
    appendChild: (node: TinyNode) => insertBefore(node, null),
    append: (...nodes: (TinyNode | string)[]) => {
      for (const node of nodes) insertBefore(typeof node === "string" ? { text: node } : node, null);
    },
    insertBefore,
    removeChild: (node: TinyNode) => {
      detach(node);
      return node;
    },
    remove: () => detach(element),
    addEventListener: () => {},
    querySelector: () => null,
    querySelectorAll: () => [],
  };
  return element;
}

// Who stands where is kept beside the nodes, so that text nodes can stay plain frozen values.
const parents = new WeakMap<TinyNode, TinyNode[]>();
const owners = new WeakMap<TinyNode[], TinyElement>();

function plainText(node: TinyNode): string {
  if ("text" in node) return node.text;
  return "textContent" in node ? String(node.textContent) : "";
}

function markupOf(node: TinyNode, parent: string): string {
  if ("text" in node) return parent === "style" ? node.text : escaped(node.text);
  return node.outerHTML;
}

function styleText(style: Record<string, unknown>): string {
  return Object.entries(style)
    .filter(([, value]) => typeof value !== "function" && value !== null && value !== "")
    .map(([name, value]) => `${name.startsWith("--") ? name : kebab(name)}: ${String(value)};`)
    .join(" ");
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
