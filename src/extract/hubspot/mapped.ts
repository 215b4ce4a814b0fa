import type { SourceOf } from "../../config/schema.ts";
import { UserError } from "../../errors.ts";
import { mappedFields } from "../mapping.ts";

/** The entities HubSpot gives, whose mapping may be changed. */
const given = ["partners", "accounts", "pipeline_stages", "deals", "deal_stages", "deal_partners"];

// What has streams of its own already.
const taken = ["account", "companies", "company", "0-2", "currencies", "deals", "deal", "0-3", "owners", "pipelines"];

/** An object of the portal whose records are partners, and what is read of it. */
export interface PartnerObject {
  /** As the mapping names it, `2-1234567` or `p_partner`; also the name of its stream. */
  readonly type: string;
  readonly properties: readonly string[];
  /** Properties that the mapping names. */
  readonly mapped: readonly string[];
  /** The property that holds the tier, where the mapping names one. */
  readonly tier: string | undefined;
}

/**
 * The properties of each type that the mapping names, and the object that it names for partners. Throws `UserError` (exit 2)
 * for a mapping of what HubSpot does not give.
 */
export function mappedProperties(source: SourceOf<"hubspot">): {
  readonly deals: readonly string[];
  readonly companies: readonly string[];
  readonly partners: PartnerObject | undefined;
} {
  for (const [entity, { object }] of Object.entries(source.mapping)) {
    if (object === undefined) continue;
    const refuse = (found: string, fix: string): UserError =>
      new UserError({ where: `source ${source.name}, mapping.${entity}.object`, found, fix });
    if (entity !== "partners") {
      throw refuse(
        `an object of HubSpot's gives partners, and no ${entity}`,
        `take it out, or bring ${entity} as a file drop`,
      );
    }
    if (taken.includes(object)) {
      throw refuse(
        `${object} are read in any case`,
        "take it out: companies become partners by their type, see mapping.partners.values.type",
      );
    }
  }
  const { object: type, columns } = source.mapping.partners ?? { object: undefined, columns: {} };
  const deals = mappedFields(source, given, ["deals"]);
  if (type === undefined) {
    return { deals, companies: mappedFields(source, given, ["partners", "accounts"]), partners: undefined };
  }
  const mapped = mappedFields(source, given, ["partners"]);
  return {
    deals,
    companies: mappedFields(source, given, ["accounts"]),
    partners: { type, properties: ["name", "hs_merged_object_ids"], mapped, tier: columns.tier },
  };
}
