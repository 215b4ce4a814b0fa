import { entities } from "../config/entities.ts";
import type { HouseSource } from "../config/schema.ts";
import { together, UserError } from "../errors.ts";
import { suggest } from "../nearest.ts";

/** A source that is read over a vendor's protocol. */
export type VendorSource = Exclude<HouseSource, { kind: "files" }>;

/**
 * The vendor's fields that the mapping of these entities names, to be requested beside the default ones.
 * Throws `UserError` (exit 2) for an entity that the vendor does not give or a column that the entity does not have.
 */
export function mappedFields(
  source: VendorSource,
  given: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  const where = (path: string): string => `source ${source.name}, mapping.${path}`;
  for (const [entity, map] of Object.entries(source.mapping)) {
    if (!given.includes(entity)) {
      throw new UserError({
        where: where(entity),
        found: `${source.kind} gives no ${entity}`,
        fix:
          source.kind === "salesforce"
            ? `name the object that does, mapping.${entity}.object, or take it out (without one: ${given.join(", ")})`
            : suggest(entity, given),
      });
    }
    const valid = entities.find((item) => item.name === entity)?.columns.map((column) => column.name) ?? [];
    for (const column of [...Object.keys(map.columns), ...Object.keys(map.values)]) {
      if (valid.includes(column)) continue;
      throw new UserError({
        where: where(`${entity}.${column}`),
        found: `${entity} has no column ${column}`,
        fix: suggest(column, valid),
      });
    }
  }
  return [...new Set(wanted.flatMap((entity) => Object.values(source.mapping[entity]?.columns ?? {})))];
}

/** Throws `UserError` (exit 2) when the mapping names a field that the vendor's object does not have. */
export function refuseUnknownFields(
  source: VendorSource,
  object: string,
  mapped: readonly string[],
  known: ReadonlySet<string>,
): void {
  // A path through another object, `Partner__r.Name`, is looked over by the vendor alone.
  const unknown = mapped.find((field) => !field.includes(".") && !known.has(field));
  if (unknown === undefined) return;
  throw new UserError({
    where: `source ${source.name}, mapping`,
    found: `${object} has no field ${unknown} that these credentials may read`,
    fix: suggest(unknown, [...known]),
  });
}

/** The mapped fields that are there, counted in words. Throws `UserError` (exit 2) for all that are not. */
export function checkMappedFields(
  source: VendorSource,
  object: string,
  mapped: readonly string[],
  known: ReadonlySet<string>,
): readonly string[] {
  const errors = mapped.flatMap((field) => {
    try {
      refuseUnknownFields(source, object, [field], known);
      return [];
    } catch (error) {
      if (error instanceof UserError) return [error];
      throw error;
    }
  });
  const [first, ...others] = errors;
  if (first !== undefined) throw together([first, ...others]);
  return mapped.length === 0 ? [] : [`${object}: ${mapped.join(", ")} as the mapping names them`];
}

/** A field of deals that is said to hold the id of their partner, and what makes a record a partner. */
export interface PartnerField {
  readonly field: string;
  /** The object whose records are partners; undefined for the vendor's companies or accounts. */
  readonly object: string | undefined;
  /** Types of company that the mapping makes partners. */
  readonly types: readonly string[];
}

/** The field of deals that a mapping says holds their partner; undefined when it names none. */
export function partnerFieldOf(
  mapping: Readonly<
    Record<
      string,
      { object?: string | undefined; columns?: Record<string, string>; values?: Record<string, Record<string, string>> }
    >
  >,
): PartnerField | undefined {
  const field = mapping.deals?.columns?.partner_id;
  if (field === undefined) return undefined;
  return { field, object: mapping.partners?.object, types: Object.keys(mapping.partners?.values?.type ?? {}) };
}

/** What the values of a field lead to that is said to hold the id of a deal's partner. */
export interface PartnerIds {
  readonly source: VendorSource;
  /** The vendor's object that has the field. */
  readonly object: string;
  readonly field: string;
  /** Its distinct values among some of the records that have one. */
  readonly values: readonly string[];
  /** How many of them are the id of a record that may be a partner. */
  readonly found: number;
  /** What they should be the id of, `a record of companies`. */
  readonly holder: string;
  /** Every field of the object, to choose a better one from. */
  readonly fields: readonly string[];
}

// The name of a source and an id of it; a time or an address has a colon too.
const isKey = (value: string): boolean => /^[a-z][a-z0-9_-]*:(?!\/\/)\S/.test(value);

/**
 * Says how many values of a deal's field name a partner's record. Throws `UserError` (exit 2) when none does; a key of another source,
 * `portal:P-17`, is taken at its word.
 */
export function tellPartnerIds(told: PartnerIds): readonly string[] {
  const { source, object, field, values, found, holder, fields } = told;
  const mapped = source.mapping.deals?.values.partner_id ?? {};
  const elsewhere = values.filter((value) => isKey(value) || mapped[value] !== undefined).length;
  if (values.length === 0) return [`${object}.${field}: no deal has it yet`];
  if (found + elsewhere > 0) {
    return [`${object}.${field}: ${found + elsewhere} of ${values.length} values lead to a partner, ${holder}`];
  }
  const likely = fields
    .filter((name) => name !== field && /partner|referr|reseller|agency/i.test(name))
    .filter((name) => !/role|declared|date|type|tier|(^|_)(at|on)(_|$)/i.test(name))
    .slice(0, 8);
  throw new UserError({
    where: `source ${source.name}, mapping.deals.columns.partner_id`,
    found: `none of ${values.length} values of ${object}.${field} is the id of ${holder} (${values.slice(0, 3).join(", ")})`,
    fix: `name the field that holds the id of the deal's partner${likely.length === 0 ? "" : ` (perhaps ${likely.join(", ")})`}, or take partner_id out of the mapping where labels, roles or registrations tell it`,
  });
}
