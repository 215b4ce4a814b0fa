import { inflateSync } from "node:zlib";

/** What stands in a printed page (PDF). */
export interface PrintedText {
  /** What the sheets show, line by line. */
  readonly shown: string;
  /** Title, dates, addresses of links and every other text that no sheet shows. */
  readonly beside: string;
}

interface Part {
  readonly head: string;
  readonly stream: string | undefined;
}

/** Reads a PDF of Chromium's: its fonts say which sign each of their numbers is, and its sheets are drawn with those numbers. */
export function textOfPdf(pdf: Uint8Array): PrintedText {
  const parts = partsOf(Buffer.from(pdf));
  const fonts = new Map<string, ReadonlyMap<string, string>>();
  for (const [number, { head }] of parts) {
    const [, signs] = /\/ToUnicode (\d+) 0 R/.exec(head) ?? [];
    if (signs !== undefined) fonts.set(number, signsOf(parts.get(signs)?.stream ?? ""));
  }
  const beside = [...parts.values()].flatMap(({ head }) => stringsIn(head));
  const shown: string[] = [];
  for (const { head, stream } of parts.values()) {
    if (stream === undefined || /\/Length1\b/.test(head) || stream.includes("begincmap")) continue;
    shown.push(sheetText(stream, fonts));
    beside.push(...stringsIn(stream.replaceAll(/<[0-9A-F]+> Tj/g, "")));
  }
  const lines = shown.join("\n").split("\n");
  // Signs of scripts that run to the left are drawn in the order in which they stand from the left.
  const turned = lines.filter((line) => /[\u0590-\u08ff]/.test(line)).map((line) => [...line].reverse().join(""));
  return { shown: [...lines, ...turned].join("\n"), beside: beside.join("\n") };
}

/** The same PDF, made on the as-of date: a moment of printing says nothing, and differs each time. */
export function datedPdf(pdf: Uint8Array, asOf: string): Uint8Array {
  const date = `D:${asOf.replaceAll("-", "")}000000+00'00'`;
  const text = Buffer.from(pdf).toString("latin1");
  const dated = text.replaceAll(/(?<=\/(?:Creation|Mod)Date \()D:\d{14}\+00'00'/g, date);
  return Buffer.from(dated, "latin1");
}

function partsOf(pdf: Buffer): ReadonlyMap<string, Part> {
  const text = pdf.toString("latin1");
  const parts = new Map<string, Part>();
  const start = /(\d+) 0 obj\s/g;
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    const [opening, number = ""] = found;
    const from = found.index + opening.length;
    const length = /^<<(?:(?!endobj|stream\r?\n)[\s\S])*?\/Length (\d+)(?:(?!endobj)[\s\S])*?>>\s*stream\r?\n/.exec(
      text.slice(from, from + 4000),
    );
    if (length === null) {
      const end = text.indexOf("endobj", from);
      parts.set(number, { head: text.slice(from, end), stream: undefined });
      start.lastIndex = end;
      continue;
    }
    const [head, bytes] = length;
    const body = pdf.subarray(from + head.length, from + head.length + Number(bytes));
    parts.set(number, { head, stream: (head.includes("/FlateDecode") ? inflateSync(body) : body).toString("latin1") });
    start.lastIndex = from + head.length + Number(bytes);
  }
  const trailer = text.lastIndexOf("trailer");
  if (trailer >= 0) parts.set("trailer", { head: text.slice(trailer), stream: undefined });
  return parts;
}

/** Which signs the numbers of a font are. */
function signsOf(map: string): ReadonlyMap<string, string> {
  const signs = new Map<string, string>();
  for (const [, block = ""] of map.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, number = "", sign = ""] of block.matchAll(/<(\w+)> <(\w+)>/g)) signs.set(number, utf16(sign));
  }
  for (const [, block = ""] of map.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, from = "", to = "", sign = ""] of block.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      const first = Number.parseInt(from, 16);
      for (let step = 0; step <= Number.parseInt(to, 16) - first; step += 1) {
        const code = (Number.parseInt(sign, 16) + step).toString(16).padStart(sign.length, "0");
        signs.set((first + step).toString(16).toUpperCase().padStart(from.length, "0"), utf16(code));
      }
    }
  }
  return signs;
}

/** What one sheet shows: pieces of a line together, each line by itself. */
function sheetText(stream: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  let signs: ReadonlyMap<string, string> = new Map();
  let text = "";
  for (const [token, font, hex, down] of stream.matchAll(
    /\/F(\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj|[-\d.]+ ([-\d.]+) Td|\bET\b/g,
  )) {
    if (font !== undefined) signs = fonts.get(font) ?? new Map();
    else if (hex !== undefined) text += (hex.match(/.{4}/g) ?? []).map((number) => signs.get(number) ?? "").join("");
    else if (token === "ET" || (down !== undefined && Number(down) !== 0)) text += "\n";
  }
  return text;
}

/** Texts in brackets, as they are or in pairs of bytes. */
function stringsIn(text: string): readonly string[] {
  const literal = [...text.matchAll(/\(((?:\\[\s\S]|[^\\()])*)\)/g)].map(([, inside = ""]) =>
    inside.replaceAll(/\\([\s\S])/g, "$1").replaceAll("\0", ""),
  );
  const coded = [...text.matchAll(/<FEFF([0-9A-F]*)>/g)].map(([, hex = ""]) => utf16(hex));
  return [...literal, ...coded];
}

function utf16(hex: string): string {
  return (hex.match(/.{4}/g) ?? []).map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join("");
}
