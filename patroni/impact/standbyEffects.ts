import { sameValue } from "../configDocument";
import { followed, followsAnother } from "../standbyCluster";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/** A cluster that begins or ceases to follow another one, or follows it by another way. */
export function standbyEffects(
  { config: from }: TenantFacts,
  { config: to }: TenantFacts,
): readonly TenantEffect[] {
  if (sameValue(from["standby_cluster"], to["standby_cluster"])) return [];
  const id = "settings.standby";
  if (!followsAnother(from))
    return [
      {
        id,
        severity: "warning",
        change: `standby of ${followed(to)}`,
        consequence: "refused for a cluster that has data of its own: nothing of it is written",
      },
    ];
  if (!followsAnother(to))
    return [
      {
        id,
        severity: "failover",
        change: `no longer a standby of ${followed(from)}`,
        consequence:
          "its leader is promoted and takes writes; the other cluster isn't told, and has to take none any more",
      },
    ];
  return [
    {
      id,
      severity: "reload",
      change: `standby of ${followed(from)} → ${followed(to)}`,
      consequence: "the leader streams by the new settings, no restart",
    },
  ];
}
