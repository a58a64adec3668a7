import { isPaused } from "../pause";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/**
 * Where members may run. Nomad leaves a member alone whose node still fits, and replaces one whose node doesn't only
 * when it has found another place; a member's volume is on its node and can't move (docs/storage.md).
 *
 * Source: `genericAllocUpdateFn` in Nomad's scheduler/util.go (1.11.3)
 */
export function placementEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [before.job.placement, after.job.placement];
  const [gone, come] = [from.filter((one) => !to.includes(one)), to.filter((one) => !from.includes(one))];
  if (gone.length === 0 && come.length === 0) return [];
  const change = `placement ${[...come.map((one) => `+ ${one}`), ...gone.map((one) => `- ${one}`)].join(", ")}`;
  if (come.every(isDatacenter) && !gone.some((one) => isDatacenter(one) || isNodePool(one)))
    return [
      { id: "placement.loosened", severity: "none", change, consequence: "more nodes fit; nobody moves" },
    ];
  return [after.storage.type === "volume" ? bound(change) : free(change, isPaused(after.config))];
}

function bound(change: string): TenantEffect {
  const consequence =
    "members whose nodes still fit stay; one whose node doesn't can't leave its volume: it goes on, and pulumi up stops and names it, unless npm run move has brought it elsewhere before";
  return { id: "placement.changed", severity: "warning", change, consequence };
}

function free(change: string, paused: boolean): TenantEffect {
  if (paused) {
    const consequence =
      "members whose nodes still fit stay; another moves, and copies no data while the cluster is paused: if it leads, nobody takes over, no writes until pause is false";
    return { id: "placement.changed", severity: "outage", change, consequence };
  }
  const consequence =
    "members whose nodes still fit stay; the others move one at a time and copy all data anew, with a change of leader if it is among them";
  return { id: "placement.changed", severity: "failover", change, consequence };
}

function isDatacenter(part: string): boolean {
  return part.startsWith("datacenter ");
}

function isNodePool(part: string): boolean {
  return part.startsWith("node pool ");
}
