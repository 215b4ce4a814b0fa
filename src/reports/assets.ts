import { readFile } from "node:fs/promises";
import type { Markup } from "./html.ts";
import { raw } from "./html.ts";

/** The stylesheet and the scripts that stand in every page, read once for a whole site. */
export interface Assets {
  readonly style: Markup;
  /** Runs before the first paint. */
  readonly headScript: Markup;
  readonly script: Markup;
  /** Stands in the file beside the pages that is read when somebody asks for more. */
  readonly asked: Markup;
}

const styles = ["tokens", "base", "frame", "blocks", "charts", "tables", "print", "scorecard"];
const scripts = ["filters", "tables", "search", "find"];

/** Reads the parts of every page that are not data. */
export async function readAssets(): Promise<Assets> {
  const read = async (folder: string, names: readonly string[], extension: string): Promise<string> => {
    const texts = await Promise.all(
      names.map((name) => readFile(new URL(`./${folder}/${name}.${extension}`, import.meta.url), "utf8")),
    );
    return texts.join("\n");
  };
  return Object.freeze({
    style: raw(smaller(await read("style", styles, "css"))),
    headScript: raw(smallerScript(await read("client", ["theme"], "js"))),
    script: raw(smallerScript(await read("client", scripts, "js"))),
    asked: raw(smallerScript(await read("client", ["how"], "js"))),
  });
}

// Comments and indentation would be a tenth of a page.
function smaller(css: string): string {
  return css
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\s*\n\s*/g, "\n")
    .replaceAll(/\s*([{};])\s*/g, "$1")
    .replaceAll(/(?<=[{;][\w-]+): /g, ":")
    .replaceAll(/,\n/g, ",")
    .replaceAll(";}", "}")
    .trim();
}

// No line of these scripts continues a template literal, so indentation and whole-line comments may go.
function smallerScript(script: string): string {
  return script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:\/\/|\/\*\*.*\*\/$)/.test(line))
    .join("\n");
}
