import type { Expectation, Snapshot } from "../observed/snapshot";
import { currentAllocations } from "../observed/snapshot";
import type { Cause, CauseFinder } from "./cause";
import { nomadCommand } from "../operatorCommands";

/** Facts whose age decides here. */
const reachFacts = {
  jobAbsent: "job-absent",
  jobStopped: "job-stopped",
  refused: (system: System) => `${system}-refused`,
} as const;

type System = "consul" | "nomad";

/** A service that has never answered is given this long; one that has, until the deadline. */
const unreachableAfterMs = 10_000;

/** Tokens take a moment to reach every server; a refusal that stands this long is meant. */
const refusedAfterMs = 2_000;

/** A job that was just registered may be unknown to a server that lags behind the others. */
const absentAfterMs = 3_000;

/** Names of the facts that hold now. */
export function reachFactsNow(snapshot: Snapshot): readonly string[] {
  return [
    ...(snapshot.consul.problem?.kind === "refused" ? [reachFacts.refused("consul")] : []),
    ...(snapshot.nomad.problem?.kind === "refused" ? [reachFacts.refused("nomad")] : []),
    ...(snapshot.job === "absent" ? [reachFacts.jobAbsent] : []),
    ...(typeof snapshot.job === "object" && snapshot.job.stopped ? [reachFacts.jobStopped] : []),
  ];
}

/**
 * Consul or Nomad can't be reached, or refuses the token. Certain when there was no answer at all for 10 s from
 * the start of the wait, or nothing but refusals for 2 s. Once it has answered, an outage is waited out.
 */
export const causeInReach: CauseFinder = ({ expectation, snapshot }) =>
  reach("consul", expectation, snapshot) ?? reach("nomad", expectation, snapshot);

function reach(system: System, expectation: Expectation, snapshot: Snapshot): Cause | undefined {
  const contact = snapshot[system];
  const { problem } = contact;
  if (problem === undefined) return undefined;
  const [name, setting, address] =
    system === "consul"
      ? ["Consul", "consulAddress", expectation.consulAddress]
      : ["Nomad", "nomadAddress", expectation.nomadAddress];
  const variable = system === "consul" ? "CONSUL_HTTP_TOKEN" : "NOMAD_TOKEN";
  if (problem.kind === "refused" && snapshot.heldMs(reachFacts.refused(system)) >= refusedAfterMs) {
    return {
      code: `${system}-refused`,
      headline: `${name} at ${address} refuses the token in ${variable}`,
      details: [problem.message],
      nextCommand: `Set ${variable} to a token that may read ${system === "consul" ? `the keys below ${expectation.keyPrefix}/${expectation.scope}/` : "the job, its allocations and their logs"}, then run pulumi up again`,
    };
  }
  if (contact.answered || problem.kind === "refused" || snapshot.elapsedMs < unreachableAfterMs)
    return undefined;
  return {
    code: `${system}-unreachable`,
    headline: `${name} at ${address} (${setting} in the config) can't be reached from here`,
    details: [problem.message],
    nextCommand: `Check that it runs and that the address is right: curl ${address}/v1/status/leader`,
  };
}

/**
 * The job isn't there, was stopped, or was registered again by someone else. Certain when Nomad has said so for
 * 3 s (absent, stopped); at once when its version is a later one, since versions only grow.
 */
export const causeInJob: CauseFinder = ({ expectation, snapshot }) => {
  const { job } = snapshot;
  const { jobId, jobVersion } = expectation;
  const again = "Register it again: pulumi up --refresh";
  if (job === "absent" && snapshot.heldMs(reachFacts.jobAbsent) >= absentAfterMs) {
    const where = `namespace ${expectation.nomadNamespace} at ${expectation.nomadAddress}`;
    return {
      code: "job-absent",
      headline: `Nomad has no job ${jobId} in ${where}`,
      details: [],
      nextCommand: again,
    };
  }
  if (typeof job !== "object") return undefined;
  if (job.version > jobVersion) {
    return {
      code: "job-superseded",
      headline: `job ${jobId} has been registered again by someone else: version ${job.version} has replaced version ${jobVersion}`,
      details: [],
      nextCommand: `See what changed (${nomadCommand(expectation, "job history", `-p ${jobId}`)}), then take it over: pulumi up --refresh`,
    };
  }
  if (job.stopped && snapshot.heldMs(reachFacts.jobStopped) >= absentAfterMs)
    return {
      code: "job-stopped",
      headline: `job ${jobId} has been stopped`,
      details: [],
      nextCommand: again,
    };
  return undefined;
};

/**
 * Nomad has given the deployment of this version up. Certain, because a deployment's end is final
 * (https://developer.hashicorp.com/nomad/docs/job-specification/update); named only when nothing better is known.
 */
export const causeInDeployment: CauseFinder = ({ expectation, snapshot }) => {
  const { deployment } = snapshot;
  if (deployment?.jobVersion !== expectation.jobVersion || deployment.status !== "failed") return undefined;
  if (currentAllocations(expectation, snapshot).length === expectation.members) return undefined;
  return {
    code: "deployment-failed",
    headline: `Nomad has given up the deployment of job ${expectation.jobId} version ${expectation.jobVersion}`,
    details: [deployment.description],
    nextCommand: `See how far it came: ${nomadCommand(expectation, "deployment status", deployment.id.slice(0, 8))}`,
  };
};
