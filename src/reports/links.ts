import type { PageContext, PartnerEntry } from "./context.ts";
import { html, type Markup } from "./html.ts";
import type { Column, TableParts } from "./table.ts";

/** A partner's name with a link to its page; "–" where a deal has no partner. */
export function partnerLink(context: PageContext, key: string | null): Markup {
  const partner = key === null ? undefined : context.partners.get(key);
  if (partner === undefined) return html`–`;
  if (partner.key === context.partner?.key) return html`${partner.name}`;
  return html`<a data-carry href="${context.root}${partner.path}">${partner.name}</a>`;
}

/** A partner's name as text. */
export function partnerName(context: PageContext, key: string | null): string | null {
  return key === null ? null : (context.partners.get(key)?.name ?? key);
}

/** The column that names a row's partner and leads to its page. */
export function partnerColumn<Row>(
  context: PageContext,
  keyOf: (row: Row) => string | null,
  label = "Partner",
): Column<Row> {
  return {
    label,
    kind: "text",
    value: (row) => partnerName(context, keyOf(row)),
    cell: (row) => partnerLink(context, keyOf(row)),
  };
}

/** A partner's state for people: who has not signed yet cannot have missed to start. */
export function stateOf(partner: PartnerEntry): string {
  return partner.isCounted || partner.state === "ended" ? partner.state : "not_signed_yet";
}

/** A state with its shape: filled, half, empty, so that it reads without colour. */
export function stateMark(state: string): Markup {
  return html`<span class="state state-${state}">${state.replaceAll("_", " ")}</span>`;
}

/** Where a partner's row stands in the filter bar's dimensions. */
export function scopeOf(
  context: PageContext,
  key: string | null,
): ReturnType<NonNullable<TableParts<unknown>["scope"]>> {
  const partner = key === null ? undefined : context.partners.get(key);
  return partner === undefined
    ? {}
    : { region: partner.region, type: partner.type, tier: partner.tier, manager: partner.manager };
}
