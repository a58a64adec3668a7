import type { Cluster, Constraint } from "../config/model";
import { memberServices } from "./memberServices";
import { clusterNames, portLabels } from "./names";
import {
  seconds,
  type NomadConstraint,
  type NomadJob,
  type NomadNetwork,
  type NomadTaskGroup,
  type NomadVolume,
} from "./nomadJob";
import { dataVolume, patroniTask, type JobspecInput } from "./patroniTask";

/** How long a member must have been ready before the next one is taken: two checks in a row. */
const minHealthySeconds = 4;

/**
 * A cluster's Nomad job: one group, whose count is the number of members, each on a node of its own. Keys
 * stand in a fixed order, and nothing in it is secret or unknown before it is deployed, so that a preview
 * shows a structural diff.
 */
export function jobspec(input: JobspecInput): NomadJob {
  const { cluster, platform } = input;
  const names = clusterNames(cluster);
  return {
    ID: names.job,
    Name: names.job,
    Region: platform.nomad.region,
    Namespace: platform.nomad.namespace,
    Type: "service",
    // Above Nomad's default of 50: others' applications depend on a database.
    Priority: 70,
    Datacenters: cluster.placement.datacenters,
    NodePool: cluster.placement.nodePool,
    Constraints: [{ Operand: "distinct_hosts", RTarget: "true" }, ...constraints(cluster)],
    Spreads: cluster.placement.spread.map(({ attribute, weight }) => ({
      Attribute: attribute,
      Weight: weight,
    })),
    Update: {
      MaxParallel: 1,
      HealthCheck: "checks",
      MinHealthyTime: seconds(minHealthySeconds),
      HealthyDeadline: seconds(cluster.timeouts.leaderSeconds),
      ProgressDeadline: seconds(cluster.timeouts.leaderSeconds * 2),
      AutoRevert: false,
      AutoPromote: false,
      Canary: 0,
    },
    TaskGroups: [memberGroup(input)],
  };
}

/** The jobspec as the Nomad provider takes it with `json: true`. */
export function jobspecJson(input: JobspecInput): string {
  return JSON.stringify(jobspec(input), undefined, 2);
}

/** The placement's constraints, and those that say which nodes have the storage. */
function constraints(cluster: Cluster): readonly NomadConstraint[] {
  const storage = cluster.storage.type === "volume" ? cluster.storage.constraints : [];
  return [...cluster.placement.constraints, ...storage].map(({ attribute, operator, value }: Constraint) => ({
    LTarget: attribute,
    RTarget: value,
    Operand: operator,
  }));
}

function memberGroup(input: JobspecInput): NomadTaskGroup {
  const { cluster } = input;
  const names = clusterNames(cluster);
  return {
    Name: names.group,
    Count: cluster.members,
    Networks: [ports(cluster)],
    ...(cluster.storage.type === "volume" && {
      Volumes: { [dataVolume]: volume(cluster.storage.volumeName) },
    }),
    EphemeralDisk: {
      SizeMB: cluster.storage.type === "ephemeral" ? cluster.storage.sizeMb : 300,
      Sticky: false,
      Migrate: false,
    },
    // A dead member is back at once; one that keeps dying is tried again every few seconds, for ever.
    RestartPolicy: { Attempts: 3, Interval: seconds(10), Delay: seconds(0.25), Mode: "delay" },
    ReschedulePolicy: { Delay: seconds(5), DelayFunction: "constant", Unlimited: true },
    Disconnect: disconnect(cluster),
    Migrate: {
      MaxParallel: 1,
      HealthCheck: "checks",
      MinHealthyTime: seconds(minHealthySeconds),
      HealthyDeadline: seconds(cluster.timeouts.leaderSeconds),
    },
    Tasks: [patroniTask(input, memberServices(cluster))],
  };
}

/** In bridge mode the container listens on PostgreSQL's and Patroni's usual ports; 0: on the node's own. */
function ports({ networkMode, postgresPort }: Cluster): NomadNetwork {
  const isBridge = networkMode === "bridge";
  const postgres = { Label: portLabels.postgres, To: isBridge ? 5432 : 0 };
  const patroniApi = { Label: portLabels.patroniApi, To: isBridge ? 8008 : 0 };
  if (postgresPort === undefined) return { DynamicPorts: [postgres, patroniApi] };
  return { ReservedPorts: [{ ...postgres, Value: postgresPort }], DynamicPorts: [patroniApi] };
}

function volume(source: string): NomadVolume {
  return {
    Name: dataVolume,
    Type: "host",
    Source: source,
    ReadOnly: false,
    // A replaced allocation goes back to its data.
    Sticky: true,
    // Two allocations never share a data directory; Nomad's default, single-node-writer, would let them.
    AccessMode: "single-node-single-writer",
    AttachmentMode: "file-system",
  };
}

/**
 * What happens to a member whose node is out of touch. With its data on that node a replacement elsewhere
 * could only start from nothing, so the member is waited for and kept; Patroni has failed over long before.
 * With throw-away data a replacement starts at once, and the old one goes when its node is back.
 *
 * Source: https://developer.hashicorp.com/nomad/docs/job-specification/disconnect
 */
function disconnect(cluster: Cluster): NomadTaskGroup["Disconnect"] {
  const LostAfter = seconds(cluster.timeouts.lostAfterSeconds);
  switch (cluster.storage.type) {
    case "volume":
      return { LostAfter, Replace: false, Reconcile: "keep_original" };
    case "ephemeral":
      return { LostAfter, Replace: true, Reconcile: "keep_replacement" };
  }
}
