import { PatroniLeader } from "../../providers/patroniLeader";
import { registeredInputs } from "./dynamicProviderProcess";
import type { Wire } from "./pluginClient";
import type { RealCluster, Registered } from "./realCluster";

/** Inputs of a leader wait for a job that was registered on the lab. */
export async function realWaitInputs(
  cluster: RealCluster,
  registered: Registered,
  timeoutSeconds = 240,
): Promise<Wire> {
  const { jobModifyIndex, ...rest } = cluster.expectation(registered, timeoutSeconds);
  const args = { ...rest, jobModifyIndex: String(jobModifyIndex) };
  return registeredInputs(() => new PatroniLeader("test-leader", args));
}
