import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";
import { describeParts } from "./jobParts";

/** What a new version of the job does to members that run, its count and placement aside. */
export function jobEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const replacing = describeParts(before.job.replacing, after.job.replacing);
  const inPlace = describeParts(before.job.inPlace, after.job.inPlace);
  return [
    ...(replacing === undefined ? [] : [replaced(replacing, before, after)]),
    ...(inPlace === undefined ? [] : [changedInPlace(inPlace)]),
  ];
}

/**
 * Nomad replaces one member at a time, each when the one before is ready again (`update` in patroni/jobspec.ts), in
 * the order of the allocations' indices, lowest first, wherever the leader is (`destructive.nameOrder` in its
 * scheduler, 1.11.3). A leader that is stopped hands over, at best to a member that is replaced already, at worst
 * to the next one each time. A change of leader takes as long without writes as the old one's last checkpoint, and
 * 0.3 s (docs/bench.md).
 */
function replaced(change: string, before: TenantFacts, after: TenantFacts): TenantEffect {
  const members = Math.min(before.members, after.members);
  const isEphemeral = after.storage.type === "ephemeral";
  const common = { id: "job.replaced", change } as const;
  if (members === 1 && isEphemeral)
    return {
      ...common,
      severity: "data loss",
      consequence: "the only member is replaced, and all data is LOST with its allocation",
    };
  if (members === 1)
    return {
      ...common,
      severity: "outage",
      consequence: "the only member is replaced: no reads and writes until it is back on its volume",
    };
  const copies = isEphemeral ? ", and copies all data anew" : "";
  return {
    ...common,
    severity: "failover",
    consequence: `each member is replaced, one at a time in Nomad's order${copies}: 1 to ${members} changes of leader, each 0.3 s without writes, and the time of a checkpoint`,
  };
}

function changedInPlace(change: string): TenantEffect {
  return { id: "job.inPlace", severity: "none", change, consequence: "in place, no member restarts" };
}
