import { isPaused } from "../pause";
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
 * scheduler, 1.11.3). A leader that is stopped writes a checkpoint and hands over to the replica that started last
 * (docs/how-it-works.md#rolling-updates): to one that is replaced already, unless it is the first to be replaced. A
 * change of leader takes 0.3 s without writes (docs/bench.md).
 */
function replaced(change: string, before: TenantFacts, after: TenantFacts): TenantEffect {
  const members = Math.min(before.members, after.members);
  const isEphemeral = after.storage.type === "ephemeral";
  const common = { id: "job.replaced", change } as const;
  if (isPaused(after.config)) return { ...common, severity: "warning", consequence: refusedWhilePaused };
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
    consequence: `each member is replaced, one at a time in Nomad's order${copies}: ${leaderChanges(members, after)}, each 0.3 s without writes`,
  };
}

/** By `JobRegistration`, before the job is registered: `isRefusedWhilePaused` in jobDriftEffects.ts. */
export const refusedWhilePaused =
  "refused while patroni.pause is true: no member is stopped or replaced, and no job registered";

/** In synchronous mode only a synchronous replica takes over, which may be one that isn't replaced yet. */
function leaderChanges(members: number, { config }: TenantFacts): string {
  const synchronous = config["synchronous_mode"] !== false;
  if (synchronous && members > 2) return `1 to ${members} changes of leader`;
  return "1 change of leader, or 2 if the leader is the first";
}

function changedInPlace(change: string): TenantEffect {
  return { id: "job.inPlace", severity: "none", change, consequence: "in place, no member restarts" };
}
