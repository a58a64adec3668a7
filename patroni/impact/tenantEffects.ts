import { isPaused } from "../pause";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";
import { capacity, count } from "./wording";

/** A tenant that wasn't there. `PatroniConfig` refuses one that is to begin with a pause: nobody would bootstrap it. */
export function createdEffects({ members, storage, config }: TenantFacts): readonly TenantEffect[] {
  if (isPaused(config))
    return [
      {
        id: "tenant.created",
        severity: "warning",
        change: "new",
        consequence: "refused while patroni.pause is true: a paused cluster doesn't come up",
      },
    ];
  const data =
    storage.type === "volume"
      ? `${count(members, "volume")} of ${capacity(storage)}, or those that an earlier removal kept`
      : "throw-away data in the allocations";
  return [
    {
      id: "tenant.created",
      severity: "none",
      change: "new",
      consequence: `${count(members, "member")}, ${data}`,
    },
  ];
}

/**
 * A tenant that leaves the config: the job stops; volumes, Patroni's keys and generated credentials share one fate,
 * see docs/storage.md.
 */
export function removedEffects({ members, storage, credentials }: TenantFacts): readonly TenantEffect[] {
  const stop = `${count(members, "member")} ${members === 1 ? "stops" : "stop"}`;
  const generated = credentials.kind === "generated" ? " and credentials" : "";
  const removed = { id: "tenant.removed", change: "removed" } as const;
  if (storage.type === "ephemeral")
    return [
      { ...removed, severity: "data loss", consequence: `${stop}, all data in the allocations is LOST` },
    ];
  if (storage.whenRemoved === "delete")
    return [{ ...removed, severity: "data loss", consequence: `${stop}, volumes${generated} DELETED` }];
  return [{ ...removed, severity: "outage", consequence: `${stop}, volumes${generated} kept` }];
}
