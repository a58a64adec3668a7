import type { Expectation } from "../../patroni/observed/snapshot";
import type { ReadyCluster } from "../../patroni/readyCondition";
import { UnfinishedError } from "../failure";
import { failureText } from "./failureText";
import type { LeaderInputs, LeaderOutputs, LeaderState } from "./model";
import { releaseSpareClaims } from "./releaseSpareClaims";
import { waitForCluster } from "./waitForCluster";
import { readJob } from "./watchNomad";

/** How long a refresh looks at a cluster before it calls it not ready, in seconds. */
const refreshSeconds = 5;

/**
 * Waits until the cluster is ready; for `create`, and for `update`, which resumes a wait that failed. Throws an
 * UnfinishedError with the whole story, which keeps the resource in the state.
 */
export async function waitForLeader(id: string, inputs: LeaderInputs): Promise<LeaderState> {
  const outcome = await waitForCluster(toExpectation(inputs), (line) => {
    console.log(line);
  });
  if (outcome.kind === "ready") {
    const problem = await releaseSpareClaims(inputs);
    if (problem !== undefined) console.log(problem);
    return { ...inputs, ...toOutputs(outcome.cluster) };
  }
  const text = `cluster ${inputs.cluster}: ${failureText(outcome.cause, outcome.members)}`;
  throw new UnfinishedError(id, { ...inputs, ready: false }, text);
}

/**
 * Looks at the cluster for a refresh, whatever version of the job runs now. A cluster that isn't ready within 5 s
 * keeps what was last known of it, with `ready` false, so that the next `pulumi up` waits. Throws an HttpError
 * with a sentence when Nomad can't be asked.
 */
export async function readLeader(state: LeaderState): Promise<LeaderState> {
  const asked = toExpectation(state);
  const job = await readJob(asked);
  if (job === "absent") return { ...state, ready: false };
  const expectation = {
    ...asked,
    jobVersion: job.version,
    jobModifyIndex: 0,
    timeoutSeconds: refreshSeconds,
  };
  const outcome = await waitForCluster(expectation, () => undefined);
  return outcome.kind === "ready" ? { ...state, ...toOutputs(outcome.cluster) } : { ...state, ready: false };
}

function toExpectation(inputs: LeaderInputs): Expectation {
  return { ...inputs, members: inputs.memberCount, jobModifyIndex: Number(inputs.jobModifyIndex) };
}

function toOutputs({ leader, members, timeline, systemIdentifier }: ReadyCluster): LeaderOutputs {
  const host = leader.host.includes(":") ? `[${leader.host}]` : leader.host;
  return {
    leader: leader.name,
    host: leader.host,
    port: leader.port,
    endpoint: `${host}:${leader.port}`,
    members,
    timeline,
    systemIdentifier,
    ready: true,
  };
}
