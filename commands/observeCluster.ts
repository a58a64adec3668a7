import type { Cluster, Platform } from "../config/model";
import { clusterNames, dcsPath } from "../patroni/names";
import type { RestAnswer } from "../patroni/observed/restStatus";
import { parseClusterKeys, type ClusterKeys } from "../patroni/status/clusterKeys";
import { parseLiveMember, type LiveMember } from "../patroni/status/liveMember";
import type { ClusterObservation, Known } from "../patroni/status/observation";
import { askPatroni } from "../providers/askPatroni";
import { readConfigKey, readScopeEntries } from "../providers/config/configKey";
import { ProviderFailure } from "../providers/failure";
import type { Sender } from "./inTurn";

/** Deadline of one request to Consul or Nomad, in seconds: a dead node must not keep the others from being shown. */
export const systemSeconds = 3;
const memberSeconds = 2.5;

/** What the config asks for. */
export function wantedOf(cluster: Cluster): ClusterObservation["wanted"] {
  const { name, members, patroni } = cluster;
  return { name, members, maxLagBytes: patroni.maxLagBytes, jobId: clusterNames(cluster).job };
}

/**
 * Asks Consul for a cluster's keys, and every member how it is. Throws an HttpError when Consul can't be asked; a
 * refused token is an answer.
 */
export async function observeKeysAndMembers(
  platform: Platform,
  cluster: Cluster,
  toConsul: Sender = (work) => work(),
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

/** What Consul and the members say of one cluster. Throws as `observeKeysAndMembers` does. */
export async function observeCluster(platform: Platform, cluster: Cluster): Promise<ClusterObservation> {
  const nomad = { kind: "unknown", reason: "not asked" } as const;
  return { wanted: wantedOf(cluster), nomad, ...(await observeKeysAndMembers(platform, cluster)) };
}
