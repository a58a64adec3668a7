import type { RestAnswer } from "../../patroni/observed/restStatus";
import { parseClusterKeys, type ClusterKeys } from "../../patroni/status/clusterKeys";
import { parseLiveMember, type LiveMember } from "../../patroni/status/liveMember";
import type { ClusterObservation, Known } from "../../patroni/status/observation";
import { askPatroni } from "../askPatroni";
import { readConfigKey, readScopeEntries, type KeyPlace } from "../config/configKey";
import { ProviderFailure } from "../failure";

/** Sends requests to one API. */
export type Sender = <T>(work: () => Promise<T>) => Promise<T>;

/** Deadline of one request to Consul or Nomad, in seconds: a dead node must not keep the others from being shown. */
export const systemSeconds = 3;
const memberSeconds = 2.5;

/**
 * Asks Consul for a cluster's keys, and every member how it is. Throws an HttpError when Consul can't be asked; a
 * refused token is an answer.
 */
export async function observeKeysAndMembers(
  place: KeyPlace,
  toConsul: Sender = (work) => work(),
): Promise<Pick<ClusterObservation, "keys" | "live">> {
  const keys = await keysOf({ answerSeconds: systemSeconds, ...place }, toConsul);
  const members = keys.kind === "known" ? keys.value.members : [];
  const answers = await Promise.all(
    members.map(async ({ name, apiUrl }): Promise<readonly [string, RestAnswer<LiveMember>][]> => {
      if (apiUrl === undefined) return [];
      return [[name, await askPatroni(apiUrl, "/patroni", parseLiveMember, memberSeconds)]];
    }),
  );
  return { keys, live: new Map(answers.flat()) };
}

/** What Consul and the members say of one cluster. Throws as `observeKeysAndMembers` does. */
export async function observeCluster(
  place: KeyPlace,
  wanted: ClusterObservation["wanted"],
): Promise<ClusterObservation> {
  const nomad = { kind: "unknown", reason: "not asked" } as const;
  return { wanted, nomad, ...(await observeKeysAndMembers(place)) };
}

/**
 * Consul leaves out of a list what the token may not read, without a word, but refuses to give such a key by itself
 * (`KVS.List` and `KVS.Get` in its agent/consul/kvs_endpoint.go): where the list is empty, that tells nothing there
 * from nothing shown.
 */
async function keysOf(place: KeyPlace, toConsul: Sender): Promise<Known<ClusterKeys>> {
  try {
    const entries = await toConsul(() => readScopeEntries(place));
    const keys = parseClusterKeys(`${place.dcsPath}/`, entries);
    if (keys.count === 0) await toConsul(() => readConfigKey(place));
    return { kind: "known", value: keys };
  } catch (error) {
    // `readScopeEntries` throws it for a refused token alone.
    if (error instanceof ProviderFailure) return { kind: "unknown", reason: error.message };
    throw error;
  }
}
