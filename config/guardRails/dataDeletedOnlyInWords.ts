import { deletionPhrase } from "../resolveCluster";
import type { GuardRail } from "./guardRail";

/** Data is deleted with its tenant only where the tenant's own entry says so, naming it. */
export const dataDeletedOnlyInWords: GuardRail = {
  id: "data-deleted-only-in-words",
  of: "cluster",
  rule: {
    settings: ["storage.whenRemoved"],
    violation(cluster, _limits, written) {
      const words = written.storage?.whenRemoved;
      if (words === undefined || words === "keep" || words === deletionPhrase(cluster.name)) return undefined;
      return {
        found: JSON.stringify(words),
        allowed: `\`keep\`, or exactly \`${deletionPhrase(cluster.name)}\``,
      };
    },
  },
};
