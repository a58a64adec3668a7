import { parseScopeKeys, scopeFolder } from "../../patroni/observed/consulKeys";
import { elements, fields, number, text } from "../../patroni/observed/json";
import { examplePlatform } from "./examples";
import { consul, nomad, type RealCluster } from "./realCluster";
import { eventually } from "./waiting";

/** A member, as Nomad and Patroni have it. */
export interface WholeMember {
  readonly name: string;
  /** Of its allocation, after which Nomad orders what it replaces. */
  readonly index: number;
  readonly allocation: string;
  readonly nodeId: string;
  /** Base of its REST API. */
  readonly apiUrl: string;
  readonly host: string;
  readonly port: number;
}

/** A cluster all of whose members run, with one leader, from whom all others stream. */
export interface WholeCluster {
  readonly leader: WholeMember;
  /** By index. */
  readonly members: readonly WholeMember[];
  /** The leader's. One more for each change of the leader since. */
  readonly timeline: number;
}

/** Waits until a cluster with its data on volumes is whole. */
export async function untilWhole(cluster: RealCluster, timeoutSeconds = 120): Promise<WholeCluster> {
  const look = async (saw: (state: unknown) => void): Promise<WholeCluster | undefined> => {
    const members = await runningMembers(cluster);
    const { leader } = await scopeKeys(cluster.cluster.name);
    const statuses = await Promise.all(members.map(async ({ apiUrl }) => statusOf(apiUrl)));
    saw({ leader, members: members.map(({ name }, at) => ({ name, ...statuses[at] })) });
    const leading = members.findIndex(({ name }) => name === leader);
    const [found, timeline] = [members[leading], statuses[leading]?.timeline];
    const streaming = statuses.filter((one) => one.streams && one.timeline === timeline).length;
    if (found === undefined || timeline === undefined || members.length !== cluster.cluster.members) return;
    return streaming === members.length - 1 ? { leader: found, members, timeline } : undefined;
  };
  return eventually(`${cluster.jobId} is whole`, look, { timeoutSeconds });
}

/** Makes a member the leader by a switchover, and waits until the cluster is whole again. */
export async function makeLeader(cluster: RealCluster, index: number): Promise<WholeCluster> {
  const { leader, members } = await untilWhole(cluster);
  const candidate = members.find((member) => member.index === index);
  if (candidate === undefined) throw new Error(`no member has the index ${index}`);
  if (candidate.name !== leader.name) {
    const body = JSON.stringify({ leader: leader.name, candidate: candidate.name });
    // Patroni refuses where it hasn't made a replica synchronous yet, as in a cluster that is new.
    const ask = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const signal = AbortSignal.timeout(60_000);
      const answer = await fetch(`${leader.apiUrl}/switchover`, { method: "POST", body, signal });
      saw(await answer.text());
      return answer.ok ? true : undefined;
    };
    await eventually(`${leader.name} hands over to ${candidate.name}`, ask, { timeoutSeconds: 30 });
  }
  const whole = await untilWhole(cluster);
  if (whole.leader.index !== index) throw new Error(`${whole.leader.name} leads, and not ${candidate.name}`);
  return whole;
}

/** Waits until Nomad has replaced every member by a version of the job. */
export async function untilDeployed(
  cluster: RealCluster,
  version: number,
  timeoutSeconds = 120,
): Promise<void> {
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    const { Status, JobVersion } = fields(await nomad("GET", `/v1/job/${cluster.jobId}/deployment`));
    saw({ Status, JobVersion });
    return Status === "successful" && JobVersion === version ? true : undefined;
  };
  await eventually(`version ${version} of ${cluster.jobId}`, look, { timeoutSeconds });
}

/** All that a member's task has printed. */
export async function taskLog(allocation: string): Promise<string> {
  const path = `/v1/client/fs/logs/${allocation}?task=patroni&type=stderr&plain=true`;
  return String(await nomad("GET", path));
}

/** Where the PostgreSQL of a cluster's members listens, as they last wrote to Consul. */
export async function memberEndpoints(
  name: string,
): Promise<readonly { readonly host: string; readonly port: number }[]> {
  const { members } = await scopeKeys(name);
  return members.flatMap(({ host, port }) =>
    host === undefined || port === undefined ? [] : [{ host, port }],
  );
}

async function scopeKeys(name: string): Promise<ReturnType<typeof parseScopeKeys>> {
  const folder = scopeFolder(examplePlatform.consul.keyPrefix, name);
  return parseScopeKeys(folder, await consul("GET", `${folder}?recurse`));
}

/** Members whose allocation runs and is to run, by index. */
async function runningMembers(cluster: RealCluster): Promise<readonly WholeMember[]> {
  const { members } = await scopeKeys(cluster.cluster.name);
  const allocations = elements(await nomad("GET", `/v1/job/${cluster.jobId}/allocations`)).map(fields);
  return allocations
    .filter(({ ClientStatus, DesiredStatus }) => ClientStatus === "running" && DesiredStatus === "run")
    .flatMap(({ ID, Name, NodeID, NodeName }) => {
      const key = members.find(({ name }) => name === NodeName);
      const [allocation, nodeId, index] = [text(ID), text(NodeID), indexOf(text(Name) ?? "")];
      if (key?.apiUrl === undefined || key.host === undefined || key.port === undefined) return [];
      if (allocation === undefined || nodeId === undefined) return [];
      const { name, apiUrl, host, port } = key;
      return [{ name, index, allocation, nodeId, apiUrl, host, port }];
    })
    .sort((a, b) => a.index - b.index);
}

function indexOf(allocationName: string): number {
  return Number(/\[(\d+)\]$/.exec(allocationName)?.[1]);
}

async function statusOf(apiUrl: string): Promise<{ timeline: number | undefined; streams: boolean }> {
  const answer = await fetch(`${apiUrl}/patroni`, { signal: AbortSignal.timeout(5000) });
  const { timeline, replication_state, state } = fields(await answer.json());
  return { timeline: number(timeline), streams: state === "running" && replication_state === "streaming" };
}
