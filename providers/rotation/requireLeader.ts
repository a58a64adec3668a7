import { ProviderFailure } from "../failure";
import { findLeader, type Leader } from "../findLeader";
import type { RotationInputs } from "./model";

/** The member that holds the leader lock. Throws a ProviderFailure where there is none, or Consul can't be asked. */
export async function requireLeader(inputs: RotationInputs): Promise<Leader> {
  const leader = await findLeader(inputs);
  if (leader !== undefined) return leader;
  throw new ProviderFailure("there is no leader that could take new passwords", [
    "npm run status says how the members are; pulumi up goes on with the rotation when there is a leader",
  ]);
}
