import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { type DropFile, readHead } from "./folder.ts";

/**
 * Hands a file to `work` as UTF-8. A file in another encoding (the mark it begins with, else the configuration's
 * `encoding:`) is rewritten into a temporary one, which keeps its name in messages.
 */
export async function inUtf8<T>(
  source: string,
  file: DropFile,
  encoding: string | undefined,
  work: (file: DropFile) => Promise<T>,
): Promise<T> {
  const label = file.format === "parquet" ? "utf-8" : await encodingOf(source, file, encoding ?? "utf-8");
  if (label === "utf-8") return work(file);
  const folder = await mkdtemp(path.join(tmpdir(), "attributary-file-"));
  try {
    const target = path.join(folder, "utf8");
    await pipeline(createReadStream(file.path), decoded(label), createWriteStream(target));
    return await work(Object.freeze({ ...file, path: target }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function encodingOf(source: string, file: DropFile, told: string): Promise<string> {
  const head = await readHead(source, file, 3);
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "utf-8";
  return new TextDecoder(told).encoding;
}

const decoded = (label: string) =>
  async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    const decoder = new TextDecoder(label);
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  };
