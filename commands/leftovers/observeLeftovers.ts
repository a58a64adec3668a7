import type { StackConfig } from "../../config/model";
import { findLeftovers, unknownScopes } from "../../patroni/leftovers/findLeftovers";
import type {
  ConsulEntry,
  FoundJob,
  FoundVolume,
  Leftover,
  LeftoverScene,
  OwnCluster,
  ScopeUse,
} from "../../patroni/leftovers/model";
import { hasScope } from "../../patroni/leftovers/scopeInJob";
import { clusterNames } from "../../patroni/names";
import { elements, fields, number, text } from "../../patroni/observed/json";
import { isAlive, parseAllocations, type Allocation } from "../../patroni/observed/nomadState";
import { systemSeconds, type Sender } from "../../providers/acts/observeCluster";
import { consulApi, nomadApi, parseJson, send, statusError, type HttpRequest } from "../../providers/http";
import { inTurn } from "../inTurn";

/** Jobs' documents that are read at once. */
const atOnce = 16;

/** What Nomad runs of the stack's clusters, by name; undefined where it couldn't be asked. */
export type KnownAllocations = (cluster: string) => readonly Allocation[] | undefined;

/**
 * Looks for what nobody needs any more, with what Consul and Nomad show this token. Throws an HttpError when one of them
 * can't be asked.
 */
export async function observeLeftovers(
  config: StackConfig,
  allocations: KnownAllocations,
): Promise<readonly Leftover[]> {
  const { platform } = config;
  const clusters = config.clusters.map(({ name, members, storage }): OwnCluster => {
    const volumeName = storage.type === "volume" ? storage.volumeName : undefined;
    return { name, members, volumeName, allocations: allocations(name) };
  });
  const { keyPrefix } = platform.consul;
  const { namespace } = platform.nomad;
  const ask = nomadOf(config);
  const [entries, jobs, volumes] = await Promise.all([readEntries(config), readJobs(ask), readVolumes(ask)]);
  const scene = { keyPrefix, namespace, clusters, entries, volumes, jobs };
  return findLeftovers({ ...scene, uses: await readUses(ask, scene) });
}

/** A GET of Nomad's, in every namespace unless said; undefined for a 404. */
type Ask = (path: string, right: string, query?: Readonly<Record<string, string>>) => Promise<unknown>;

function nomadOf({ platform: { nomad } }: StackConfig): Ask {
  const api = nomadApi(nomad.address);
  return async (path, right, query = {}) => {
    const get: HttpRequest = {
      ...{ method: "GET", path, right, timeoutSeconds: systemSeconds },
      query: { namespace: "*", region: nomad.region, ...query },
    };
    const reply = await send(api, get);
    if (reply.status === 404) return undefined;
    if (reply.status >= 300) throw statusError(api, get, reply);
    return parseJson(api, get, reply);
  };
}

async function readEntries({ platform: { consul } }: StackConfig): Promise<readonly ConsulEntry[]> {
  const api = consulApi(consul.address);
  const get: HttpRequest = {
    ...{ method: "GET", path: `/v1/kv/${consul.keyPrefix}/`, query: { recurse: "true" } },
    ...{ right: `key_prefix "${consul.keyPrefix}/" read`, timeoutSeconds: systemSeconds },
  };
  const reply = await send(api, get);
  if (reply.status >= 300 && reply.status !== 404) throw statusError(api, get, reply);
  const body = reply.status === 404 ? [] : parseJson(api, get, reply);
  return elements(body)
    .map(fields)
    .map(({ Key, Value, Session, ModifyIndex }) => ({
      key: text(Key) ?? "",
      value: Buffer.from(text(Value) ?? "", "base64").toString("utf8"),
      session: text(Session),
      modifyIndex: number(ModifyIndex) ?? 0,
    }));
}

async function readJobs(ask: Ask): Promise<readonly FoundJob[]> {
  return elements(await ask("/v1/jobs", "list-jobs"))
    .map(fields)
    .map(({ ID, Namespace }) => ({ id: text(ID) ?? "", namespace: text(Namespace) ?? "default" }));
}

async function readVolumes(ask: Ask): Promise<readonly FoundVolume[]> {
  const [volumes, nodes] = await Promise.all([
    ask("/v1/volumes", "host-volume-read", { type: "host" }),
    ask("/v1/nodes", "node:read"),
  ]);
  const names = new Map(
    elements(nodes)
      .map(fields)
      .map(({ ID, Name }) => [text(ID) ?? "", text(Name)]),
  );
  return elements(volumes)
    .map(fields)
    .map(({ ID, Name, Namespace, NodeID }) => {
      const nodeId = text(NodeID) ?? "";
      const nodeName = names.get(nodeId) ?? nodeId;
      return {
        id: text(ID) ?? "",
        name: text(Name) ?? "",
        namespace: text(Namespace) ?? "default",
        nodeId,
        nodeName,
      };
    });
}

/** Who uses the scopes that the config doesn't know; jobs' documents are read only where there are such scopes. */
async function readUses(
  ask: Ask,
  scene: Omit<LeftoverScene, "uses">,
): Promise<ReadonlyMap<string, ScopeUse>> {
  const scopes = unknownScopes(scene);
  if (scopes.length === 0) return new Map();
  const own = scene.clusters.map((cluster) => clusterNames(cluster).job);
  const turn = inTurn(atOnce);
  const documents = await Promise.all(
    scene.jobs
      .filter(({ id, namespace }) => !(own.includes(id) && namespace === scene.namespace))
      .map(({ id, namespace }) =>
        turn(() => ask(`/v1/job/${encodeURIComponent(id)}`, "read-job", { namespace })),
      ),
  );
  const found = documents.filter((each) => each !== undefined);
  const uses = scopes.map(async (scope): Promise<[string, ScopeUse]> => {
    const jobs = found.filter((job) => hasScope(job, scope)).map((job) => text(fields(job)["ID"]) ?? "");
    return [scope, { jobs, aliveAllocations: await countAlive(ask, turn, scene, scope) }];
  });
  return new Map(await Promise.all(uses));
}

async function countAlive(
  ask: Ask,
  turn: Sender,
  { namespace }: Pick<LeftoverScene, "namespace">,
  scope: string,
): Promise<number> {
  const path = `/v1/job/${encodeURIComponent(clusterNames({ name: scope }).job)}/allocations`;
  const body = await turn(() => ask(path, "read-job", { namespace, all: "true" }));
  return parseAllocations(body).filter(isAlive).length;
}

/** The stack's clusters' allocations, asked of Nomad. */
export async function readAllocations(config: StackConfig): Promise<KnownAllocations> {
  const ask = nomadOf(config);
  const { namespace } = config.platform.nomad;
  const turn = inTurn(atOnce);
  const found = await Promise.all(
    config.clusters.map(async (cluster) => {
      const path = `/v1/job/${encodeURIComponent(clusterNames(cluster).job)}/allocations`;
      const body = await turn(() => ask(path, "read-job", { namespace, all: "true" }));
      return [cluster.name, parseAllocations(body)] as const;
    }),
  );
  const byName = new Map(found);
  return (cluster) => byName.get(cluster);
}
