import type { Company } from "./company/create.ts";
import { type PropertyDefinition, propertyDefinitions } from "./hubspot-properties.ts";
import {
  type AssociationType,
  type HubspotRecord,
  knownAssociationTypes,
  type OwnObject,
  openPortal,
  ownAssociationTypes,
  type Portal,
} from "./hubspot-records.ts";

/** The types of records that can be changed: deals, companies, or the type id of an object of the portal's own. */
type Type = "deals" | "companies" | `2-${number}`;

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
  /** Replaces the companies (or records of an own object) of a deal with their kinds of association; the deal's modification date stays. */
  readonly associate: (
    dealId: string,
    records: readonly (readonly [id: string, typeIds: readonly number[]])[],
    to?: `2-${number}`,
  ) => void;
  /** Makes an object of the portal's own; `properties` are the names of what its people can fill in. */
  readonly makeObject: (typeId: `2-${number}`, name: string, properties: readonly string[]) => void;
  /** Replaces the definitions of a type's properties. */
  readonly define: (
    type: Type,
    change: (known: readonly PropertyDefinition[]) => readonly PropertyDefinition[],
  ) => void;
};

/** A portal that can be changed while it is served. */
export type LivePortal = {
  readonly portal: () => Portal;
  readonly definitions: (type: string) => readonly PropertyDefinition[];
  /** How often it was changed so far; what was made of an older state is stale. */
  readonly version: () => number;
  readonly edits: HubspotEdits;
};

/** Opens a company's portal, the first time that it is asked for. */
export function openLivePortal(company: Company): LivePortal {
  let current: Portal | undefined;
  let version = 0;
  const definitions = new Map<string, readonly PropertyDefinition[]>(Object.entries(propertyDefinitions));
  const associations = new Map<string, readonly (readonly [string, readonly AssociationType[]])[]>();
  const portal = (): Portal => {
    current ??= openPortal(company);
    return current;
  };

  const byId = (first: HubspotRecord, second: HubspotRecord): number =>
    first.id.length - second.id.length || (first.id < second.id ? -1 : 1);
  const ownOf = (type: string): OwnObject => {
    const object = portal().own.get(type);
    if (object === undefined) throw new Error(`the portal has no object ${type}`);
    return object;
  };
  const recordsOf = (type: Type, isArchived: boolean): readonly HubspotRecord[] => {
    const { deals, archivedDeals, companies, archivedCompanies } = portal();
    if (type === "deals") return isArchived ? archivedDeals : deals;
    if (type === "companies") return isArchived ? archivedCompanies : companies;
    return isArchived ? ownOf(type).archived : ownOf(type).living;
  };
  const replace = (type: Type, isArchived: boolean, records: readonly HubspotRecord[]): void => {
    if (type === "deals") update(isArchived ? { archivedDeals: records } : { deals: records });
    else if (type === "companies") update(isArchived ? { archivedCompanies: records } : { companies: records });
    else replaceOwn({ ...ownOf(type), [isArchived ? "archived" : "living"]: records });
  };
  const replaceOwn = (object: OwnObject): void => update({ own: new Map([...portal().own, [object.typeId, object]]) });
  const find = (type: Type, id: string, isArchived: boolean): HubspotRecord => {
    const record = recordsOf(type, isArchived).find((one) => one.id === id);
    if (record === undefined) throw new Error(`the portal has no ${isArchived ? "archived" : "living"} ${type} ${id}`);
    return record;
  };
  const update = (next: Partial<Portal>): void => {
    current = { ...portal(), ...next };
    version += 1;
  };
  const without = (type: Type, id: string, isArchived: boolean): readonly HubspotRecord[] =>
    recordsOf(type, isArchived).filter((one) => one.id !== id);
  const put = (type: Type, record: HubspotRecord): void => {
    const isArchived = record.archivedAt !== null;
    replace(type, isArchived, [...without(type, record.id, isArchived), record].sort(byId));
    replace(type, !isArchived, without(type, record.id, !isArchived));
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
      const records = recordsOf(type, false).map((one) => (ids.has(one.id) ? changed(one, properties, at) : one));
      replace(type, false, records);
    },
    archive: (type, id, at) => put(type, { ...find(type, id, false), archivedAt: at }),
    restore: (type, id) => put(type, { ...find(type, id, true), archivedAt: null }),
    purge(type, id) {
      replace(type, false, without(type, id, false));
      replace(type, true, without(type, id, true));
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
      replace(type, false, without(type, id, false));
      update({ survivors: survivors.set(id, into) });
    },
    makeObject(typeId, name, properties) {
      const common = propertyDefinitions.contacts.filter((property) => /^(hs_|createdate)/.test(property.name));
      const [pattern] = propertyDefinitions.contacts.filter((property) => property.name === "email");
      const made = pattern === undefined ? [] : properties.map((own) => ({ ...pattern, name: own, label: own }));
      definitions.set(typeId, [...common, ...made.map((property) => ({ ...property, hubspotDefined: false }))]);
      replaceOwn({ typeId, name, living: [], archived: [], ofDeals: new Map() });
    },
    associate(dealId, records, to) {
      const kinds = to === undefined ? knownAssociationTypes : ownAssociationTypes;
      const known = new Map(kinds.map((type) => [type.typeId, type]));
      const links = records.map(([id, typeIds]) => [id, typeIds.flatMap((typeId) => known.get(typeId) ?? [])] as const);
      if (to !== undefined) {
        const object = ownOf(to);
        replaceOwn({ ...object, ofDeals: new Map([...object.ofDeals, [dealId, links]]) });
        return;
      }
      associations.set(dealId, links);
      const { companiesOf } = portal();
      update({ companiesOf: (id) => associations.get(id) ?? companiesOf(id) });
    },
    define(type, change) {
      definitions.set(type, change(definitions.get(type) ?? []));
      version += 1;
    },
  };
  return Object.freeze({
    portal,
    definitions: (type: string) => definitions.get(type) ?? [],
    version: () => version,
    edits: Object.freeze(edits),
  });
}
