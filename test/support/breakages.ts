import { readManifest } from "../../lab/images/registryClient";
import { killContainer, loseNode, restoreNode } from "../../lab/platform/faults";
import { labContainers, type LabContainer } from "../../lab/platform/containers";
import { rememberedEngine } from "../../lab/platform/docker";
import { askEngineForgiving, type Engine } from "../../lab/platform/engine";
import { runAsRoot } from "../../lab/platform/privileged";
import { silentReporter } from "../../lab/report";
import { loadLabSettings } from "../../lab/settings";
import { ensureTools } from "../../lab/toolchain/ensureTools";
import { elements, fields, text } from "../../patroni/observed/json";
import { isAlive, parseAllocations, type Allocation } from "../../patroni/observed/nomadState";
import { nomad } from "./realCluster";
import { eventually } from "./waiting";

/** What the world does to a tenant's cluster behind this program's back, on the tests' lab. */

/** A tenant's volume as Nomad has it. */
export interface TenantVolume {
  readonly id: string;
  readonly nodeName: string;
  /** Its directory on this machine. */
  readonly hostPath: string;
}

/** The tenant's allocations that may still run. */
async function allocationsOf(tenant: string): Promise<readonly Allocation[]> {
  const path = `/v1/job/postgres-${tenant}/allocations?all=true`;
  return parseAllocations(await nomad("GET", path)).filter(isAlive);
}

/** Stops the tenant's job, and waits until nothing of it runs. */
export async function stopJob(tenant: string): Promise<void> {
  await nomad("DELETE", `/v1/job/postgres-${tenant}`);
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    const left = await allocationsOf(tenant);
    saw(left.map(({ nodeName, client }) => `${nodeName} ${client}`));
    return left.length === 0 ? true : undefined;
  };
  await eventually(`postgres-${tenant} stops`, look, { timeoutSeconds: 60 });
}

/** The tenant's volumes. */
export async function volumesOf(tenant: string): Promise<readonly TenantVolume[]> {
  const name = `postgres-${tenant}`;
  const nodes = elements(await nomad("GET", "/v1/nodes")).map(fields);
  const listed = elements(await nomad("GET", `/v1/volumes?type=host&prefix=${name}`)).map(fields);
  const own = listed.filter(({ Name }) => Name === name).map(({ ID }) => text(ID) ?? "");
  const read = await Promise.all(own.map((id) => nomad("GET", `/v1/volume/host/${id}`)));
  return read.map(fields).map((volume) => ({
    id: text(volume["ID"]) ?? "",
    nodeName: text(nodes.find(({ ID }) => ID === volume["NodeID"])?.["Name"]) ?? "",
    hostPath: text(volume["HostPath"]) ?? "",
  }));
}

/** Deletes a volume with its data. */
export async function deleteVolume({ id }: TenantVolume): Promise<void> {
  await nomad("DELETE", `/v1/volume/host/${id}/delete`);
}

/** Gives a volume with all that is in it to a user, by number. */
export async function giveVolume({ hostPath }: TenantVolume, user: number): Promise<void> {
  const { code, stderr } = await runAsRoot(engine(), "chown", ["-R", `${user}:${user}`, hostPath]);
  if (code !== 0) throw new Error(`chown ${hostPath}: ${stderr}`);
}

/** Kills every container of the tenants in the same moment. */
export async function killMembers(tenants: readonly string[]): Promise<void> {
  const containers = (await Promise.all(tenants.map(containersOf))).flat();
  await Promise.all(containers.map((container) => killContainer(loadLabSettings(), container)));
}

/** Kills the container of one allocation by its first process. */
export async function killMember(allocation: string): Promise<void> {
  const all = await labContainers(loadLabSettings(), engine());
  const container = all.find(({ name }) => name.endsWith(allocation));
  if (container === undefined) throw new Error(`allocation ${allocation} has no container`);
  await killContainer(loadLabSettings(), container);
}

/** Takes the power from a node: its agents and its containers end in the same moment. */
export async function losePower(nodeName: string): Promise<void> {
  await loseNode(loadLabSettings(), nodeName);
}

/** Gives a node its power back, and waits until its agents are ready; harmless where it never lost it. */
export async function restorePower(nodeName: string): Promise<void> {
  const settings = loadLabSettings();
  const tools = await ensureTools({ cacheDir: settings.toolsDir, reporter: silentReporter() });
  await restoreNode(settings, tools, nodeName);
}

/** The tenant's containers, by Nomad's name for them: the task and the allocation. */
async function containersOf(tenant: string): Promise<readonly LabContainer[]> {
  const ids = (await allocationsOf(tenant)).map(({ id }) => id);
  const all = await labContainers(loadLabSettings(), engine());
  return all.filter(({ name }) => ids.some((id) => name.endsWith(id)));
}

/** The Docker engine of the tests' lab. */
function engine(): Engine {
  const found = rememberedEngine(loadLabSettings());
  if (found === undefined) throw new Error("the tests' lab has no Docker engine");
  return found;
}

/** Takes an image away from a repository of the lab's registry and from the nodes' Docker engine. */
export async function removeImage(reference: string): Promise<void> {
  const [, registry = "", name = "", tag = ""] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
  const manifest = await readManifest({ registry, name }, tag);
  if (manifest === undefined) throw new Error(`the registry has no ${reference}`);
  const url = `http://${registry}/v2/${name}/manifests/${manifest.digest}`;
  const removed = await fetch(url, { method: "DELETE", signal: AbortSignal.timeout(10_000) });
  if (removed.status !== 202) throw new Error(`DELETE ${url}: ${removed.status}`);
  // By its name only: containers that run on it go on.
  await askEngineForgiving(engine(), `/images/${reference}?force=1&noprune=1`, { method: "DELETE" });
}

/** Keeps a node from taking members, and ends the tenant's one there; its volume keeps it from going elsewhere. */
export async function sendAway(tenant: string, nodeName: string): Promise<void> {
  const allocation = (await allocationsOf(tenant)).find((one) => one.nodeName === nodeName);
  if (allocation === undefined) throw new Error(`${tenant} has no member on ${nodeName}`);
  await setEligibility(allocation.nodeId, "ineligible");
  await nomad("POST", `/v1/allocation/${allocation.id}/stop`);
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    const left = (await allocationsOf(tenant)).filter(({ id }) => id === allocation.id);
    saw(left);
    return left.length === 0 ? true : undefined;
  };
  await eventually(`the member on ${nodeName} stops`, look, { timeoutSeconds: 60 });
}

/** Lets a node take members again, and waits until the tenant's runs there. */
export async function bringBack(tenant: string, nodeName: string): Promise<void> {
  const nodes = elements(await nomad("GET", "/v1/nodes")).map(fields);
  await setEligibility(text(nodes.find(({ Name }) => Name === nodeName)?.["ID"]) ?? "", "eligible");
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    const members = await allocationsOf(tenant);
    saw(members.map((one) => `${one.nodeName} ${one.client}`));
    return members.some((one) => one.nodeName === nodeName && one.client === "running") ? true : undefined;
  };
  await eventually(`the member on ${nodeName} runs`, look, { timeoutSeconds: 60 });
}

async function setEligibility(nodeId: string, Eligibility: "eligible" | "ineligible"): Promise<void> {
  await nomad("POST", `/v1/node/${nodeId}/eligibility`, { NodeID: nodeId, Eligibility });
}

/** Reference of the image that the tenant's job asks its nodes for. */
export async function imageOf(tenant: string): Promise<string> {
  const job = fields(await nomad("GET", `/v1/job/postgres-${tenant}`));
  const task = fields(elements(fields(elements(job["TaskGroups"])[0])["Tasks"])[0]);
  const image = text(fields(task["Config"])["image"]) ?? "";
  return image.replace("${attr.cpu.arch}", process.arch === "arm64" ? "arm64" : "amd64");
}
