import { isPaused } from "../pause";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";
import { refusedWhilePaused } from "./jobEffects";
import { count } from "./wording";

/**
 * More or fewer members. Nomad stops the allocations with the highest indices, whichever is the leader
 * (`computeStop` in its scheduler/reconciler/reconcile_cluster.go, 1.11.3); volumes stay (docs/storage.md).
 */
export function memberEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [before.members, after.members];
  if (from === to) return [];
  const change = `members ${from} → ${to}`;
  return [from < to ? added(change, to - from, after) : removed(change, from - to, after)];
}

function added(change: string, number: number, { storage, config }: TenantFacts): TenantEffect {
  if (isPaused(config)) {
    const consequence = `${count(number, "member")} more, which copy no data while the cluster is paused: pulumi up stops and says so`;
    return { id: "members.added", severity: "warning", change, consequence };
  }
  const volume = storage.type === "volume" ? ", each on a volume of its own, kept ones first" : "";
  const consequence = `${count(number, "member")} more, copied from the leader${volume}; nothing restarts`;
  return { id: "members.added", severity: "none", change, consequence };
}

function removed(change: string, number: number, { storage, members, config }: TenantFacts): TenantEffect {
  if (isPaused(config))
    return { id: "members.removed", severity: "warning", change, consequence: refusedWhilePaused };
  const one = number === 1;
  const leave = one ? "1 member leaves" : `${number} members leave`;
  const data =
    storage.type === "volume"
      ? one
        ? "its volume stays"
        : "their volumes stay"
      : `${one ? "its copy goes with it" : "their copies go with them"}, the others have the data`;
  const who = one
    ? "the highest index, and the leader changes if that is it"
    : "the highest indices, and the leader changes if it is among them";
  const alone = members === 1 ? "; no replica is left to fail over to" : "";
  return {
    id: "members.removed",
    severity: "failover",
    change,
    consequence: `${leave}, ${data}; Nomad takes ${who}${alone}`,
  };
}
