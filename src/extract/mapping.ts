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
