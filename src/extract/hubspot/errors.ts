import { UserError } from "../../errors.ts";

/** The error (exit 2) for an object that the mapping names and the portal does not have. */
export function noObject(source: string, object: string): UserError {
  return new UserError({
    where: `source ${source}, mapping.partners.object`,
    found: `the portal has no object ${object} that this key may read`,
    fix: "write its type id, as in 2-1234567, or p_ and its name, as in p_partner, and give the key the scopes crm.objects.custom.read and crm.schemas.custom.read",
  });
}
