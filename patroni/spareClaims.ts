import { isAlive, type Allocation } from "./observed/nomadState";

/** A volume that Nomad keeps for a job, and the allocation that it was kept for last. */
export interface AllocationClaim {
  readonly id: string;
  readonly allocationId: string;
}

/**
 * IDs of the claims that no member needs: those of allocations that have ended, when all members run. A smaller cluster
 * leaves them on its spare volumes, and Nomad, which places a replaced member on any volume with a claim that isn't met
 * (`HostVolumeChecker` in its scheduler/feasible/feasible.go, 1.11.3), would take a spare one's old copy for the member's
 * own. None while a member is missing: it may be the one that comes back.
 */
export function spareClaims(
  members: number,
  claims: readonly AllocationClaim[],
  allocations: readonly Allocation[],
): readonly string[] {
  const alive = allocations.filter(isAlive);
  const running = alive.filter(({ client, desired }) => client === "running" && desired === "run");
  if (running.length < members) return [];
  return claims
    .filter(({ allocationId }) => alive.every(({ id }) => id !== allocationId))
    .map(({ id }) => id);
}
