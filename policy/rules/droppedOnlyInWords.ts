import { droppedOnlyInWords as rail } from "../../config/guardRails/droppedOnlyInWords";
import { count as counted } from "../../patroni/impact/wording";
import { ofKind, textOf } from "../resources";
import type { PackRule } from "../rule";

/** What the tenant's own entry allows in words has to be allowed by the organisation, too. */
export const droppedOnlyInWords: PackRule = {
  id: rail.id,
  description: "Databases and roles are dropped only where the organisation allows it, naming the tenant.",
  configSchema: {
    properties: { allowed: { type: "array", items: { type: "string" }, default: [] } },
  },
  violations(resources, settings) {
    const allowed = "allowed" in settings && Array.isArray(settings.allowed) ? settings.allowed : [];
    return ofKind("databases", resources).flatMap((resource) => {
      const tenant = textOf(resource, "cluster");
      const { drops } = resource.props;
      const count = Array.isArray(drops) ? drops.length : 0;
      if (count === 0 || allowed.includes(tenant)) return [];
      const message = `${tenant}: found ${counted(count, "drop")} under \`allow\`; allowed: none, or its name under \`allowed\` of this policy`;
      return [{ message, urn: resource.urn }];
    });
  },
};
