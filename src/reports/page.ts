import { UserError } from "../errors.ts";
import type { PageContext } from "./context.ts";
import type { Fragment, Markup } from "./html.ts";

/** The groups of the sidebar, in their order. */
export const pageGroups = ["Decide", "Revenue", "Partners", "Trust"] as const;
export type PageGroup = (typeof pageGroups)[number];

/** What a page shows below its strip. */
export interface PageContent {
  /** The answer as a sentence worked out from the data, under ten words where it can be. */
  readonly finding: Fragment;
  /** One or two sentences that say what the finding rests on. */
  readonly lead?: Fragment;
  readonly body: Markup;
  /** The quarter the page tells of, where it is not the one the as-of date falls into. */
  readonly period?: string;
}

/** What a page file writes down. */
export interface PageParts {
  /** Stable name; also the file name of the page. */
  readonly id: string;
  readonly title: string;
  /** What the reader wants to know, in one line. */
  readonly question: string;
  readonly group: PageGroup;
  /** Place in the sidebar within its group. */
  readonly order: number;
  /** `partner` draws the page once for each partner; it then stands in no sidebar. */
  readonly each?: "partner";
  /** The metrics it asks for, where it is drawn for each partner: only these are read of all that partners have. */
  readonly metrics?: readonly string[];
  /** Which filters of the bar change something on this page; `slice` stands for region, type, tier and manager. */
  readonly filters?: readonly ("period" | "slice")[];
  /** Tells the minute of reading and building, where other pages tell the day; it is new after every build then. */
  readonly moments?: boolean;
  readonly render: (context: PageContext) => Promise<PageContent> | PageContent;
}

/** A page as the site draws it. Made by `definePage` only. */
export interface Page extends PageParts {
  /** The file it stands in, where that is one of the folder that `extend` names. */
  readonly file?: string;
  readonly filters: readonly ("period" | "slice")[];
}

const defined = new WeakSet<object>();

/** Defines one page; a file of `dashboards/` exports the result as `page`. Throws UserError on an id that cannot be a file name. */
export function definePage(parts: PageParts): Page {
  if (!/^[a-z][a-z0-9-]*$/.test(parts.id)) {
    throw new UserError({
      where: `page "${parts.id}"`,
      found: "its id cannot be a file name",
      fix: "use lower-case letters, digits and `-`",
    });
  }
  const page = Object.freeze({ ...parts, filters: parts.filters ?? [] });
  defined.add(page);
  return page;
}

/** Whether a value was made by `definePage`. */
export function isPage(value: unknown): value is Page {
  return typeof value === "object" && value !== null && defined.has(value);
}
