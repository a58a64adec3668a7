import type { Cluster, Platform, StackConfig } from "../../config/model";
import { clusterNames, dcsPath } from "../../patroni/names";
import { parseAllocations } from "../../patroni/observed/nomadState";
import type { RestAnswer } from "../../patroni/observed/restStatus";
import { parseClusterKeys, type ClusterKeys } from "../../patroni/status/clusterKeys";
import { parseLiveMember, type LiveMember } from "../../patroni/status/liveMember";
import {
  parseObservedJob,
  type ClusterObservation,
  type Known,
  type NomadView,
} from "../../patroni/status/observation";
import { askPatroni } from "../../providers/askPatroni";
import { readConfigKey, readScopeEntries } from "../../providers/config/configKey";
import { ProviderFailure } from "../../providers/failure";
import { HttpError, nomadApi, parseJson, send, statusError, type HttpRequest } from "../../providers/http";
import { inTurn, type Sender } from "../inTurn";

/** Deadlines of one request, in seconds: a dead node must not keep the others from being shown. */
const systemSeconds = 3;
const memberSeconds = 2.5;

/** Requests to Consul, and to Nomad, that run at once. */
const atOnce = 32;

/**
 * Asks Consul, Nomad and every member, all side by side.
 *
 * Throws an HttpError when Consul can't be asked, because nothing is known then, and a ProviderFailure when it
 * refuses the token for every cluster.
 */
export async function observeStack({
  platform,
  clusters,
}: StackConfig): Promise<readonly ClusterObservation[]> {
  const toConsul = inTurn(atOnce);
  const toNomad = inTurn(atOnce);
  const observations = await Promise.all(
    clusters.map(async (cluster): Promise<ClusterObservation> => {
      const [{ keys, live }, nomad] = await Promise.all([
        membersOf(platform, cluster, toConsul),
        viewOf(platform, cluster, toNomad),
      ]);
      return { wanted: wanted(cluster), keys, nomad, live };
    }),
  );
  const refusals = observations.flatMap(({ keys }) => (keys.kind === "unknown" ? [keys.reason] : []));
  if (refusals[0] !== undefined && refusals.length === observations.length)
    throw new ProviderFailure(refusals[0]);
  return observations;
}

function wanted(cluster: Cluster): ClusterObservation["wanted"] {
  const { name, members, patroni } = cluster;
  return { name, members, maxLagBytes: patroni.maxLagBytes, jobId: clusterNames(cluster).job };
}

async function membersOf(
  platform: Platform,
  cluster: Cluster,
  toConsul: Sender,
): Promise<Pick<ClusterObservation, "keys" | "live">> {
  const keys = await keysOf(platform, cluster, toConsul);
  const members = keys.kind === "known" ? keys.value.members : [];
  const answers = await Promise.all(
    members.map(async ({ name, apiUrl }): Promise<readonly [string, RestAnswer<LiveMember>][]> => {
      if (apiUrl === undefined) return [];
      return [[name, await askPatroni(apiUrl, "/patroni", parseLiveMember, memberSeconds)]];
    }),
  );
  return { keys, live: new Map(answers.flat()) };
}

/**
 * Consul leaves out of a list what the token may not read, without a word, but refuses to give such a key by itself
 * (`KVS.List` and `KVS.Get` in its agent/consul/kvs_endpoint.go): where the list is empty, that tells nothing there
 * from nothing shown.
 */
async function keysOf(platform: Platform, cluster: Cluster, toConsul: Sender): Promise<Known<ClusterKeys>> {
  const path = dcsPath(platform.consul.keyPrefix, cluster);
  const place = { consulAddress: platform.consul.address, dcsPath: path, answerSeconds: systemSeconds };
  try {
    const entries = await toConsul(() => readScopeEntries(place));
    const keys = parseClusterKeys(`${path}/`, entries);
    if (keys.count === 0) await toConsul(() => readConfigKey(place));
    return { kind: "known", value: keys };
  } catch (error) {
    // `readScopeEntries` throws it for a refused token alone.
    if (error instanceof ProviderFailure) return { kind: "unknown", reason: error.message };
    throw error;
  }
}

/** What Nomad runs; the status is worth having without. */
async function viewOf({ nomad }: Platform, cluster: Cluster, toNomad: Sender): Promise<Known<NomadView>> {
  const api = nomadApi(nomad.address);
  const path = `/v1/job/${encodeURIComponent(clusterNames(cluster).job)}`;
  const ask = (request: Pick<HttpRequest, "path" | "right">) =>
    toNomad(async () => {
      const query = { namespace: nomad.namespace, region: nomad.region };
      const read: HttpRequest = { ...request, method: "GET", query, timeoutSeconds: systemSeconds };
      const reply = await send(api, read);
      if (reply.status === 404) return undefined;
      if (reply.status >= 300) throw statusError(api, read, reply);
      return parseJson(api, read, reply);
    });
  try {
    const [job, allocations] = await Promise.all([
      ask({ path, right: "read-job" }),
      ask({ path: `${path}/allocations`, right: "read-job" }),
    ]);
    const value: NomadView = {
      job: job === undefined ? "absent" : parseObservedJob(job),
      allocations: parseAllocations(allocations),
    };
    return { kind: "known", value };
  } catch (error) {
    if (error instanceof HttpError) return { kind: "unknown", reason: error.message };
    throw error;
  }
}
