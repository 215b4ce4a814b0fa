import { dateIn, instantIn, milliText } from "./calendar.ts";
import type { Company } from "./company/create.ts";
import type { Row } from "./company/entities.ts";
import { growthPipeline, type Pipeline, portalZone, salesPipeline } from "./company/world.ts";
import { groupBy } from "./group.ts";
import { hashOf } from "./random.ts";

/** One version of a property. */
export type PropertyVersion = { readonly value: string; readonly timestamp: string };

/** A HubSpot record: its properties as text, null where unset, and the versions of those that changed. */
export type HubspotRecord = {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly versions: Readonly<Record<string, readonly PropertyVersion[]>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archivedAt: string | null;
};

/** One kind of association between two records. */
export type AssociationType = {
  readonly category: "HUBSPOT_DEFINED" | "USER_DEFINED";
  readonly typeId: number;
  readonly label: string | null;
};

/** What a HubSpot portal holds. Records stand in the order of their ids. */
export type Portal = {
  readonly deals: readonly HubspotRecord[];
  readonly archivedDeals: readonly HubspotRecord[];
  readonly companies: readonly HubspotRecord[];
  readonly archivedCompanies: readonly HubspotRecord[];
  /** Companies of a deal with the kinds of each association, e.g., "33220000100" → [["23220000100", [primary]]]. */
  readonly companiesOf: (dealId: string) => readonly (readonly [string, readonly AssociationType[]])[];
  readonly owners: readonly { readonly id: string; readonly name: string; readonly isArchived: boolean }[];
  /** Ids of merged records and the record that each became part of. */
  readonly survivors: ReadonlyMap<string, string>;
  /** Objects of the portal's own, by their type id. */
  readonly own: ReadonlyMap<string, OwnObject>;
};

/** An object that the portal's own people made, with its records. */
export type OwnObject = {
  /** `2-1234567`. */
  readonly typeId: string;
  /** `partner`; other names for it are `p_partner` and `p48213377_partner`. */
  readonly name: string;
  readonly living: readonly HubspotRecord[];
  readonly archived: readonly HubspotRecord[];
  /** Its records on a deal, with the kinds of each association. */
  readonly ofDeals: ReadonlyMap<string, readonly (readonly [string, readonly AssociationType[]])[]>;
};

/** Pipelines of the portal. */
export const portalPipelines: readonly Pipeline[] = [salesPipeline, growthPipeline];

const primaryAssociation: AssociationType = { category: "HUBSPOT_DEFINED", typeId: 5, label: "Primary" };
const plainAssociation: AssociationType = { category: "HUBSPOT_DEFINED", typeId: 341, label: null };

function ownLabel(typeId: number, label: string): AssociationType {
  return { category: "USER_DEFINED", typeId, label };
}

const roleLabels: Readonly<Record<string, readonly AssociationType[]>> = {
  sourced: [ownLabel(11, "Sourced by")],
  co_sell: [ownLabel(13, "Co-sell partner"), ownLabel(15, "Cosell with")],
  technical: [ownLabel(17, "Technical partner")],
  delivery: [ownLabel(19, "Delivery partner"), ownLabel(21, "Implementation partner")],
  influenced: [ownLabel(23, "Influenced by")],
};

/** Every kind of association from a deal to a company that the portal knows. */
export const knownAssociationTypes: readonly AssociationType[] = [
  primaryAssociation,
  plainAssociation,
  ...Object.values(roleLabels).flat(),
];

/** Every kind of association from a deal to a record of an object of the portal's own. */
export const ownAssociationTypes: readonly AssociationType[] = [
  { category: "USER_DEFINED", typeId: 341, label: null },
  ...Object.values(roleLabels).flat(),
];

const dealTypes: Readonly<Record<string, string>> = {
  new: "newbusiness",
  expansion: "existingbusiness",
  renewal: "renewal",
};

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

/** A number as HubSpot writes it: without needless zeros. */
function numberText(text: string): string | null {
  return text === "" ? null : String(Number(text));
}

function later(first: string, second: string): string {
  return first > second ? first : second;
}

function mergedInto(rows: readonly { readonly id: string; readonly merged_into_id: string }[]): Map<string, string> {
  const next = new Map<string, string>();
  for (const row of rows) if (row.merged_into_id !== "") next.set(row.id, row.merged_into_id);
  const survivors = new Map<string, string>();
  for (const id of next.keys()) {
    let survivor = id;
    for (let step = next.get(survivor); step !== undefined; step = next.get(survivor)) survivor = step;
    survivors.set(id, survivor);
  }
  return survivors;
}

function byId(first: HubspotRecord, second: HubspotRecord): number {
  return first.id < second.id ? -1 : 1;
}

/** Makes the records of a HubSpot portal from the rows of a company. */
export function openPortal(company: Company): Portal {
  const rows = company.rows.hubspot;
  const stagesOf = groupBy(rows.deal_stages, (stage) => stage.deal_id);
  const rolesOf = groupBy(rows.deal_partners, (role) => role.deal_id);
  const survivors = new Map([...mergedInto(rows.deals), ...mergedInto(rows.accounts)]);
  const mergedIds = groupBy([...survivors], ([, survivor]) => survivor);
  const owners = company.staff.hubspotOwners.map((name, place) => ({
    id: String(71_300_400 + place * 17),
    name,
    isArchived: place === 3,
  }));
  const ownerIds = new Map(owners.map((owner) => [owner.name, owner.id]));
  const pipelines = new Map(portalPipelines.map((pipeline) => [pipeline.label, pipeline]));

  function mergedText(id: string): string | null {
    const merged = mergedIds.get(id);
    return merged === undefined ? null : merged.map(([loser]) => loser).join(";");
  }

  function stageId(pipeline: Pipeline | undefined, label: string): string {
    return pipeline?.stages.find((stage) => stage.label === label)?.id ?? label;
  }

  function closeDate(row: Row<"deals">, lastAt: string): string | null {
    if (row.closed_on === "" && row.expected_close_on === "") return null;
    if (row.closed_on !== "" && dateIn(portalZone, Date.parse(lastAt)) === row.closed_on) return lastAt;
    return milliText(instantIn(portalZone, row.closed_on || row.expected_close_on, 17 * 3_600_000));
  }

  function dealRecord(row: Row<"deals">, isArchived: boolean): HubspotRecord {
    const pipeline = pipelines.get(row.pipeline);
    const entries = stagesOf.get(row.id) ?? [
      { deal_id: row.id, stage: row.stage, entered_at: row.created_at } satisfies Row<"deal_stages">,
    ];
    const lastAt = entries.at(-1)?.entered_at ?? row.created_at;
    const stage = pipeline?.stages.find((candidate) => candidate.label === row.stage);
    const updatedAt = later(lastAt, row.partner_declared_at);
    // Deals in the portal's own currency often leave it out.
    const currency = row.currency === "USD" && hashOf(row.id, "currency") % 3 === 0 ? null : row.currency;
    const dealstage = entries
      .map((entry) => ({ value: stageId(pipeline, entry.stage), timestamp: entry.entered_at }))
      .reverse();
    const declared = row.partner_declared_at === "" ? [] : [row.partner_declared_at];
    const archivedAt = isArchived ? milliText(Date.parse(updatedAt) + 3_600_000) : null;
    const properties = {
      amount: numberText(row.amount),
      closed_lost_reason: orNull(row.lost_reason),
      closedate: closeDate(row, lastAt),
      createdate: row.created_at,
      deal_currency_code: currency,
      dealname: row.name,
      dealstage: stage?.id ?? row.stage,
      dealtype: orNull(dealTypes[row.order_type] ?? row.order_type),
      excluded_as: orNull(row.excluded_as),
      hs_deal_stage_probability: stage === undefined ? null : String(stage.probability),
      hs_is_closed: String(row.state !== "open"),
      hs_is_closed_won: String(row.state === "won"),
      hs_lastmodifieddate: updatedAt,
      hs_merged_object_ids: isArchived ? null : mergedText(row.id),
      hs_next_step: orNull(row.next_step),
      hs_object_id: row.id,
      hubspot_owner_id: ownerIds.get(row.owner) ?? null,
      pipeline: pipeline?.id ?? row.pipeline,
      sourcing_partner: orNull(row.partner_id),
      sourcing_partner_declared_at: orNull(row.partner_declared_at),
      sourcing_partner_role: orNull(row.partner_role),
    };
    return {
      id: row.id,
      properties,
      versions: {
        dealstage,
        sourcing_partner: declared.map((timestamp) => ({ value: row.partner_id, timestamp })),
        sourcing_partner_role: declared.map((timestamp) => ({ value: row.partner_role, timestamp })),
        sourcing_partner_declared_at: declared.map((timestamp) => ({ value: row.partner_declared_at, timestamp })),
      },
      createdAt: row.created_at,
      updatedAt,
      archivedAt,
    };
  }

  function companyRecord(
    id: string,
    createdAt: string,
    own: Readonly<Record<string, string | null>>,
    isArchived: boolean,
  ): HubspotRecord {
    const updatedAt = milliText(Date.parse(createdAt) + 3_000_000);
    const properties = {
      createdate: createdAt,
      hs_lastmodifieddate: updatedAt,
      hs_merged_object_ids: isArchived ? null : mergedText(id),
      hs_object_id: id,
      ...own,
    };
    const archivedAt = isArchived ? milliText(Date.parse(updatedAt) + 86_400_000) : null;
    return { id, properties, versions: {}, createdAt, updatedAt, archivedAt };
  }

  function accountRecord(row: Row<"accounts">): HubspotRecord {
    const type = ["PROSPECT", null, "OTHER", "PROSPECT"][hashOf(row.id, "type") % 4] ?? null;
    const own = {
      name: row.name,
      domain: orNull(row.domain),
      country: orNull(row.country),
      type,
      sales_region: orNull(row.region),
      customer_segment: orNull(row.segment),
    };
    return companyRecord(row.id, row.created_at, own, row.merged_into_id !== "");
  }

  function partnerRecord(row: Row<"partners">): HubspotRecord {
    // A reseller may be known by its company type alone.
    const isPlainReseller = row.type === "reseller";
    const own = {
      name: row.name,
      domain: orNull(row.domain),
      country: null,
      type: isPlainReseller ? "RESELLER" : "PARTNER",
      partner_type: isPlainReseller ? null : orNull(row.type),
      partner_tier: orNull(row.tier),
      partner_region: orNull(row.region),
      partner_manager: orNull(row.manager),
      partner_agreed_on: orNull(row.agreed_on),
      sales_region: null,
      customer_segment: null,
    };
    return companyRecord(row.id, milliText(Date.UTC(2022, 11, 1, 16) + Number(row.id.slice(-6)) * 1000), own, false);
  }

  const living = rows.accounts.filter((row) => row.merged_into_id === "");

  function companiesOf(dealId: string): readonly (readonly [string, readonly AssociationType[]])[] {
    const row = dealRows.get(dealId);
    if (row === undefined) return [];
    const draw = hashOf(dealId, "associations");
    const roles = rolesOf.get(dealId) ?? [];
    const to = new Map<string, AssociationType[]>();
    const partnerIsPrimary = roles.length > 0 && draw % 17 === 0;
    if (row.account_id !== "") {
      to.set(
        row.account_id,
        partnerIsPrimary || draw % 5 === 1 ? [plainAssociation] : [primaryAssociation, plainAssociation],
      );
      // A parent or sister company may be on the deal as well, never as the primary one.
      const other = living[draw % living.length];
      if (
        !partnerIsPrimary &&
        draw % 5 !== 1 &&
        draw % 11 === 3 &&
        other !== undefined &&
        other.id !== row.account_id
      ) {
        to.set(other.id, [plainAssociation]);
      }
    }
    for (const [place, role] of roles.entries()) {
      const types =
        to.get(role.partner_id) ??
        (partnerIsPrimary && place === 0 ? [primaryAssociation, plainAssociation] : [plainAssociation]);
      const labels = roleLabels[role.role] ?? [];
      // Whoever merely helped is often associated without any label.
      const isBare = role.role === "influenced" && draw % 2 === 0;
      const label = labels[draw % labels.length];
      to.set(role.partner_id, isBare || label === undefined ? types : [...types, label]);
    }
    return [...to];
  }

  const current = rows.deals.filter((row) => row.merged_into_id === "");
  const dealRows = new Map(current.map((row) => [row.id, row]));
  const gone = [...rows.deals.filter((row) => row.merged_into_id !== ""), ...company.archived.hubspot];
  return Object.freeze({
    deals: current.map((row) => dealRecord(row, false)).sort(byId),
    archivedDeals: gone.map((row) => dealRecord(row, true)).sort(byId),
    companies: [...living.map(accountRecord), ...rows.partners.map(partnerRecord)].sort(byId),
    archivedCompanies: rows.accounts
      .filter((row) => row.merged_into_id !== "")
      .map(accountRecord)
      .sort(byId),
    companiesOf,
    owners,
    survivors,
    own: new Map(),
  });
}
