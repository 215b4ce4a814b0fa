import type { SourceOf } from "../../config/schema.ts";
import { mappedFields } from "../mapping.ts";

/** The entities HubSpot gives, whose mapping may be changed. */
const given = ["partners", "accounts", "pipeline_stages", "deals", "deal_stages", "deal_partners"];

/** The properties of each type that the mapping names. Throws `UserError` (exit 2) for a mapping of what HubSpot does not give. */
export function mappedProperties(source: SourceOf<"hubspot">): {
  readonly deals: readonly string[];
  readonly companies: readonly string[];
} {
  return {
    deals: mappedFields(source, given, ["deals"]),
    companies: mappedFields(source, given, ["partners", "accounts"]),
  };
}
