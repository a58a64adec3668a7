import type { Cluster, Platform, StackConfig } from "../../config/model";
import { clusterNames } from "../../patroni/names";
import { parseAllocations } from "../../patroni/observed/nomadState";
import {
  parseObservedJob,
  type ClusterObservation,
  type Known,
  type NomadView,
} from "../../patroni/status/observation";
import { allocationOf, ownAnswer } from "../../patroni/status/memberStatus";
import { observeKeysAndMembers, systemSeconds, type Sender } from "../../providers/acts/observeCluster";
import { ProviderFailure } from "../../providers/failure";
import { HttpError, nomadApi, parseJson, send, statusError, type HttpRequest } from "../../providers/http";
import { readLogTail } from "../../providers/nomadLogs";
import { inTurn } from "../inTurn";
import { keyPlaceOf, wantedOf } from "../observeCluster";

/** How much of a log's end is read: what a member says of being stuck it says every 30 s. */
const logTailBytes = 16 * 1024;

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
        observeKeysAndMembers(keyPlaceOf(platform, cluster), toConsul),
        viewOf(platform, cluster, toNomad),
      ]);
      const seen: ClusterObservation = { wanted: wantedOf(cluster), keys, nomad, live };
      return { ...seen, logs: await logsOf(platform, cluster, seen, toNomad) };
    }),
  );
  const refusals = observations.flatMap(({ keys }) => (keys.kind === "unknown" ? [keys.reason] : []));
  if (refusals[0] !== undefined && refusals.length === observations.length)
    throw new ProviderFailure(refusals[0]);
  return observations;
}

/** What the members that don't follow the leader last logged: there they say whether they are stuck. */
async function logsOf(
  { nomad }: Platform,
  cluster: Cluster,
  seen: ClusterObservation,
  toNomad: Sender,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const leader = seen.keys.kind === "known" ? seen.keys.value.leader : undefined;
  const place = { nomadAddress: nomad.address, nomadNamespace: nomad.namespace, nomadRegion: nomad.region };
  const logs = await Promise.all(
    [...seen.live.keys()].map(async (name): Promise<readonly (readonly [string, readonly string[]])[]> => {
      const says = ownAnswer(seen, name);
      const allocation = allocationOf(seen, name);
      const follows = says === undefined || says.replicationState === "streaming" || says.role === "primary";
      if (follows || name === leader || typeof allocation !== "object") return [];
      const task = clusterNames(cluster).task;
      const end = { allocationId: allocation.id, task, stream: "stderr", bytes: logTailBytes } as const;
      const lines = await toNomad(() => readLogTail(place, end));
      return lines === undefined ? [] : [[name, lines]];
    }),
  );
  return new Map(logs.flat());
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
