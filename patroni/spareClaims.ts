import { isAlive, type Allocation } from "./observed/nomadState";

/** A volume that Nomad keeps for a job, and the allocation that it was kept for last. */
export interface AllocationClaim {
  readonly id: string;
  readonly allocationId: string;
}

/**
 * IDs of the claims that no member needs: those of allocations that have ended or are to, when all members run. A smaller cluster
 * leaves them on its spare volumes, and Nomad, which places a replaced member on any volume with a claim that isn't met
 * (`HostVolumeChecker` in its scheduler/feasible/feasible.go, 1.11.3), would take a spare one's old copy for the member's
 * own. None while a member is missing: it may be the one that comes back.
 */
export function spareClaims(
  members: number,
  claims: readonly AllocationClaim[],
  allocations: readonly Allocation[],
): readonly string[] {
  const wanted = allocations.filter((each) => isAlive(each) && each.desired === "run");
  if (wanted.filter(({ client }) => client === "running").length < members) return [];
  return claims
    .filter(({ allocationId }) => wanted.every(({ id }) => id !== allocationId))
    .map(({ id }) => id);
}
