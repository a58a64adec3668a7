import { dataDeletedOnlyInWords as rail } from "../../config/guardRails/dataDeletedOnlyInWords";
import { ofKind, textOf } from "../resources";
import type { PackRule } from "../rule";

/** What the tenant's own entry allows in words has to be allowed by the organisation, too. */
export const dataDeletedOnlyInWords: PackRule = {
  id: rail.id,
  description:
    "Data on volumes is deleted with its tenant only where the organisation allows it, naming the tenant.",
  configSchema: {
    properties: { allowed: { type: "array", items: { type: "string" }, default: [] } },
  },
  violations(resources, settings) {
    const allowed = "allowed" in settings && Array.isArray(settings.allowed) ? settings.allowed : [];
    return ofKind("storage", resources).flatMap((storage) => {
      const tenant = textOf(storage, "cluster");
      const deletes = textOf(storage, "kind") === "volume" && textOf(storage, "whenRemoved") === "delete";
      if (!deletes || allowed.includes(tenant)) return [];
      const message = `${tenant}: its data would be deleted with it; allowed: \`storage.whenRemoved: keep\`, or its name under \`allowed\` of this policy`;
      return [{ message, urn: storage.urn }];
    });
  },
};
