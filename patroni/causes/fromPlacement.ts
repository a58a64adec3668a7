import { isAlive, type Evaluation, type PlacementMetric } from "../observed/nomadState";
import { currentAllocations, type Expectation, type Snapshot } from "../observed/snapshot";
import type { CauseFinder } from "./cause";
import { nomadCommand } from "../operatorCommands";

/**
 * How long the scheduler's "no" must stand: volumes, drivers and Vault's version reach the servers with the
 * nodes' next report, a few seconds after they are there.
 */
const blockedAfterMs = 5_000;

/** Name of the fact that Nomad can't place a member and that nothing is under way which would change it. */
export const placementBlocked = "placement-blocked";

/**
 * The evaluation that waits for a node, if there is one. One of an earlier registration says nothing about this
 * one; one whose job still has allocations to stop, or may have, may be done as soon as they have gone. Those of an
 * older version that are meant to run don't stop: Nomad replaces none of them before it has a node for its successor.
 */
export function blockedEvaluation(
  expectation: Expectation,
  snapshot: Pick<Snapshot, "allocations" | "evaluations" | "stopping">,
): Evaluation | undefined {
  const isStopping = snapshot.allocations.some((each) => isAlive(each) && each.desired !== "run");
  if (isStopping || snapshot.stopping !== 0) return undefined;
  return snapshot.evaluations.find(
    ({ status, failure, jobModifyIndex }) =>
      status === "blocked" && failure !== undefined && jobModifyIndex >= expectation.jobModifyIndex,
  );
}

/**
 * No node for a member. Certain when the scheduler has kept the evaluation blocked for 5 s while no allocation of
 * the job was stopping, whose resources or volume it might be waiting for.
 */
export const causeInPlacement: CauseFinder = ({ expectation, snapshot }) => {
  const evaluation = blockedEvaluation(expectation, snapshot);
  if (evaluation?.failure === undefined || snapshot.heldMs(placementBlocked) < blockedAfterMs)
    return undefined;
  const missing = Math.max(1, expectation.members - currentAllocations(expectation, snapshot).length);
  const members = missing === 1 ? "1 member" : `${missing} members`;
  return {
    code: "placement-impossible",
    headline: `Nomad finds no node for ${members} of ${expectation.members}: ${placementReasons(evaluation.failure)}`,
    details: nodeDetails(snapshot),
    nextCommand: nextStep(expectation, evaluation.failure),
  };
};

/** The scheduler's reasons in one clause, for example `memory exhausted on 2 nodes`. */
export function placementReasons(metric: PlacementMetric): string {
  const reasons = [
    ...(metric.nodesEvaluated === 0
      ? [`no ready node is in the job's datacenters and in node pool ${metric.nodePool}`]
      : []),
    ...Object.entries(metric.constraintFiltered).map(
      ([reason, count]) => `${ruledOut(reason)} on ${nodes(count)}`,
    ),
    ...Object.entries(metric.dimensionExhausted).map(
      ([what, count]) => `${what} exhausted on ${nodes(count)}`,
    ),
  ];
  return reasons.length > 0 ? reasons.join("; ") : "it gives no reason";
}

/** Nomad's words for a filter (scheduler/feasible/feasible.go), in an operator's. */
function ruledOut(reason: string): string {
  if (reason === "missing compatible host volumes") return "no free volume of the cluster's";
  if (reason === "distinct_hosts") return "a member of this cluster already";
  if (reason === "missing drivers") return "the task driver is missing";
  if (/attr\.vault\.(.+\.)?version/.test(reason)) return "no connection to Vault";
  if (/attr\.consul\.(.+\.)?version/.test(reason)) return "no connection to Consul";
  return `constraint not met (${reason})`;
}

function nodes(count: number): string {
  return count === 1 ? "1 node" : `${count} nodes`;
}

/** A line a node: what it lacks, or that it would do as far as can be told. */
function nodeDetails(snapshot: Snapshot): readonly string[] {
  return snapshot.nodes.map(({ node, reasons }) =>
    reasons.length > 0 ? `node ${node}: ${reasons.join("; ")}` : `node ${node}: meets every constraint`,
  );
}

function nextStep(expectation: Expectation, metric: PlacementMetric): string {
  const status = nomadCommand(expectation, "job status", expectation.jobId);
  if ("missing compatible host volumes" in metric.constraintFiltered)
    return `Have missing volumes made: pulumi up --refresh. See where the cluster's volumes are: ${nomadCommand(expectation, "volume status", "-type=host")}`;
  if (Object.keys(metric.dimensionExhausted).length > 0)
    return `Ask for less in resources, or add a node; what the nodes have left: ${nomadCommand(expectation, "node status", "-stats")}`;
  return `Change placement in the config, or the nodes; what Nomad says: ${status}`;
}
