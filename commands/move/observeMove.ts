import type { Cluster, Platform } from "../../config/model";
import { parseMovableJob } from "../../patroni/moves/moveJob";
import type { MoveScene } from "../../patroni/moves/moveScene";
import { parseAllocations } from "../../patroni/observed/nomadState";
import { parseJson, send, sendJson, statusError } from "../../providers/http";
import type { StorageInputs } from "../../providers/storage/model";
import { withAttributes } from "../../providers/storage/nomadNodes";
import { scoped, type NomadScope } from "../../providers/storage/nomadScope";
import { listClaims } from "../../providers/storage/nomadVolumes";
import { lookAround } from "../../providers/storage/scene";
import { observeCluster } from "../observeCluster";

/** A cluster as a move deals with it. */
export interface MovedCluster {
  readonly cluster: Cluster;
  readonly platform: Platform;
  readonly scope: NomadScope;
  readonly inputs: StorageInputs;
}

/**
 * Asks Consul, Nomad and every member. Nodes have their attributes, one request each, only where a node is to be
 * chosen. Throws an HttpError when Consul or Nomad can't be asked.
 */
export async function observeMove(
  { cluster, platform, scope, inputs }: MovedCluster,
  nodes: "with attributes" | "plain",
): Promise<MoveScene> {
  const path = `/v1/job/${encodeURIComponent(inputs.jobId)}`;
  const [observation, job, allocations, storage, claims] = await Promise.all([
    observeCluster(platform, cluster),
    readJob(scope, path),
    sendJson(scope.api, scoped(scope, "GET", `${path}/allocations`, { all: "true" }, "read-job")),
    lookAround(scope, inputs),
    listClaims(scope, inputs.volumeName),
  ]);
  return {
    observation,
    job: job === undefined ? "absent" : parseMovableJob(job),
    allocations: parseAllocations(allocations),
    volumes: storage.volumes,
    claims: claims.filter(({ jobId }) => jobId === inputs.jobId),
    nodes: nodes === "plain" ? storage.nodes : await withAttributes(scope, storage.nodes),
    request: inputs,
  };
}

async function readJob(scope: NomadScope, path: string): Promise<unknown> {
  const get = scoped(scope, "GET", path, {}, "read-job");
  const reply = await send(scope.api, get);
  if (reply.status === 404) return undefined;
  if (reply.status >= 300) throw statusError(scope.api, get, reply);
  return parseJson(scope.api, get, reply);
}
