import { isPaused } from "../pause";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/**
 * Automatic failover switched off or on again. What else happens to a cluster that is paused is told where it happens:
 * a member that comes anew starts no PostgreSQL, and nobody takes over from a leader that goes.
 *
 * Source: `Ha._run_cycle` and `Ha.is_healthiest_node` in patroni/ha.py (4.1.5)
 */
export function pauseEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [isPaused(before.config), isPaused(after.config)];
  if (from === to) return [];
  const common = { id: "settings.pause", change: `pause ${from} → ${to}` } as const;
  if (to)
    return [
      {
        ...common,
        severity: "warning",
        consequence:
          "nobody takes over when the leader fails, and a PostgreSQL that stops isn't started again; no restart now",
      },
    ];
  const consequence =
    "Patroni acts again: it starts what doesn't run, and elects a leader where there is none; no restart";
  return [{ ...common, severity: "reload", consequence }];
}
