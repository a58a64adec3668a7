import { elements, fields, number, text } from "../../patroni/observed/json";
import { nomad, type RealCluster } from "./realCluster";
import { eventually } from "./waiting";

/** An allocation of a cluster's job, as Nomad has it. */
export interface Placed {
  readonly id: string;
  /** By which Nomad orders what it replaces. */
  readonly index: number;
  /** Of the job. */
  readonly version: number;
  readonly nodeName: string;
  readonly client: string;
  readonly desired: string;
  /** Whether its task runs. */
  readonly started: boolean;
}

/** All allocations of a cluster's job that Nomad still knows. */
export async function allocations(cluster: RealCluster): Promise<readonly Placed[]> {
  const listed = elements(await nomad("GET", `/v1/job/${cluster.jobId}/allocations`)).map(fields);
  return listed.map((one) => ({
    id: text(one["ID"]) ?? "",
    index: Number(/\[(\d+)\]$/.exec(text(one["Name"]) ?? "")?.[1]),
    version: number(one["JobVersion"]) ?? -1,
    nodeName: text(one["NodeName"]) ?? "",
    client: text(one["ClientStatus"]) ?? "",
    desired: text(one["DesiredStatus"]) ?? "",
    started: fields(fields(one["TaskStates"])["patroni"])["State"] === "running",
  }));
}

/** Waits until the member of an index runs a version of the job. */
export async function untilRuns(cluster: RealCluster, version: number, index: number): Promise<Placed> {
  const look = async (saw: (state: unknown) => void): Promise<Placed | undefined> => {
    const all = await allocations(cluster);
    saw(all);
    return all.find(
      (one) => one.version === version && one.index === index && one.client === "running" && one.started,
    );
  };
  const wait = { timeoutSeconds: 90, intervalMilliseconds: 50 };
  return eventually(`number ${index} runs version ${version}`, look, wait);
}
