import type { Company } from "./company/create.ts";
import { type PropertyDefinition, propertyDefinitions } from "./hubspot-properties.ts";
import {
  type AssociationType,
  type HubspotRecord,
  knownAssociationTypes,
  openPortal,
  type Portal,
} from "./hubspot-records.ts";

/** The types of records that can be changed. */
type Type = "deals" | "companies";

type Properties = Readonly<Record<string, string | null>>;

/** What people do in a portal between two refreshes. `at` is ISO 8601. */
export type HubspotEdits = {
  /** Adds a living record. */
  readonly add: (type: Type, id: string, properties: Properties, at: string) => void;
  /** Sets properties, as HubSpot does: with a new version of each, and a later modification date. */
  readonly set: (type: Type, id: string, properties: Properties, at: string) => void;
  /** The same for many living records at once. */
  readonly setAll: (type: Type, ids: ReadonlySet<string>, properties: Properties, at: string) => void;
  /** Archives a record; its modification date stays. */
  readonly archive: (type: Type, id: string, at: string) => void;
  /** Restores an archived record; its modification date stays. */
  readonly restore: (type: Type, id: string) => void;
  /** Takes a living or archived record away without a trace, as a request of a person to be forgotten does. */
  readonly purge: (type: Type, id: string) => void;
  /** Makes a record part of another one, which keeps its id; the merged one is in no list any more. */
  readonly merge: (type: Type, id: string, into: string, at: string) => void;
  /** Replaces the companies of a deal with their kinds of association; the deal's modification date stays. */
  readonly associate: (
    dealId: string,
    companies: readonly (readonly [id: string, typeIds: readonly number[]])[],
  ) => void;
  /** Replaces the definitions of a type's properties. */
  readonly define: (
    type: Type,
    change: (known: readonly PropertyDefinition[]) => readonly PropertyDefinition[],
  ) => void;
};

/** A portal that can be changed while it is served. */
export type LivePortal = {
  readonly portal: () => Portal;
  readonly definitions: (type: Type | "contacts") => readonly PropertyDefinition[];
  /** How often it was changed so far; what was made of an older state is stale. */
  readonly version: () => number;
  readonly edits: HubspotEdits;
};

/** Opens a company's portal, the first time that it is asked for. */
export function openLivePortal(company: Company): LivePortal {
  let current: Portal | undefined;
  let version = 0;
  const definitions = { ...propertyDefinitions };
  const associations = new Map<string, readonly (readonly [string, readonly AssociationType[]])[]>();
  const portal = (): Portal => {
    current ??= openPortal(company);
    return current;
  };

  const byId = (first: HubspotRecord, second: HubspotRecord): number =>
    first.id.length - second.id.length || (first.id < second.id ? -1 : 1);
  const listOf = (type: Type, isArchived: boolean) =>
    type === "deals" ? (isArchived ? "archivedDeals" : "deals") : isArchived ? "archivedCompanies" : "companies";
  const find = (type: Type, id: string, isArchived: boolean): HubspotRecord => {
    const record = portal()[listOf(type, isArchived)].find((one) => one.id === id);
    if (record === undefined) throw new Error(`the portal has no ${isArchived ? "archived" : "living"} ${type} ${id}`);
    return record;
  };
  const update = (next: Partial<Portal>): void => {
    current = { ...portal(), ...next };
    version += 1;
  };
  const without = (type: Type, id: string, isArchived: boolean): readonly HubspotRecord[] =>
    portal()[listOf(type, isArchived)].filter((one) => one.id !== id);
  const put = (type: Type, record: HubspotRecord): void => {
    const isArchived = record.archivedAt !== null;
    update({
      [listOf(type, isArchived)]: [...without(type, record.id, isArchived), record].sort(byId),
      [listOf(type, !isArchived)]: without(type, record.id, !isArchived),
    });
  };
  const changed = (record: HubspotRecord, properties: Properties, at: string): HubspotRecord => {
    const versions = { ...record.versions };
    for (const [name, value] of Object.entries(properties)) {
      const before = record.properties[name] ?? null;
      const first = before === null ? [] : [{ value: before, timestamp: record.createdAt }];
      versions[name] = [{ value: value ?? "", timestamp: at }, ...(record.versions[name] ?? first)];
    }
    return {
      ...record,
      properties: { ...record.properties, ...properties, hs_lastmodifieddate: at },
      versions,
      updatedAt: at,
    };
  };

  const edits: HubspotEdits = {
    add(type, id, properties, at) {
      const own = { createdate: at, hs_lastmodifieddate: at, hs_object_id: id, ...properties };
      put(type, { id, properties: own, versions: {}, createdAt: at, updatedAt: at, archivedAt: null });
    },
    set: (type, id, properties, at) => put(type, changed(find(type, id, false), properties, at)),
    setAll(type, ids, properties, at) {
      const list = listOf(type, false);
      update({ [list]: portal()[list].map((one) => (ids.has(one.id) ? changed(one, properties, at) : one)) });
    },
    archive: (type, id, at) => put(type, { ...find(type, id, false), archivedAt: at }),
    restore: (type, id) => put(type, { ...find(type, id, true), archivedAt: null }),
    purge(type, id) {
      update({ [listOf(type, false)]: without(type, id, false), [listOf(type, true)]: without(type, id, true) });
    },
    merge(type, id, into, at) {
      const survivor = find(type, into, false);
      const merged = [
        survivor.properties.hs_merged_object_ids,
        id,
        find(type, id, false).properties.hs_merged_object_ids,
      ];
      const ids = merged.filter((one) => one !== null && one !== undefined && one !== "").join(";");
      put(type, changed(survivor, { hs_merged_object_ids: ids }, at));
      const survivors = new Map([...portal().survivors].map(([from, to]) => [from, to === id ? into : to] as const));
      update({ [listOf(type, false)]: without(type, id, false), survivors: survivors.set(id, into) });
    },
    associate(dealId, companies) {
      const known = new Map(knownAssociationTypes.map((type) => [type.typeId, type]));
      associations.set(
        dealId,
        companies.map(([id, typeIds]) => [id, typeIds.flatMap((typeId) => known.get(typeId) ?? [])] as const),
      );
      const { companiesOf } = portal();
      update({ companiesOf: (id) => associations.get(id) ?? companiesOf(id) });
    },
    define(type, change) {
      definitions[type] = change(definitions[type]);
      version += 1;
    },
  };
  return Object.freeze({
    portal,
    definitions: (type: Type | "contacts") => definitions[type],
    version: () => version,
    edits: Object.freeze(edits),
  });
}
