import { isAlive, parseAllocations, parseJobState, type Allocation } from "../../patroni/observed/nomadState";
import { parseJson, send, statusError } from "../http";
import { blocking, scoped, type NomadScope, type Since } from "./nomadScope";

/** Whether Nomad has the job, and still wants it to run. */
export async function readJob(scope: NomadScope, jobId: string): Promise<"absent" | "stopped" | "wanted"> {
  const get = scoped(scope, "GET", `/v1/job/${encodeURIComponent(jobId)}`, {}, "read-job");
  const reply = await send(scope.api, get);
  if (reply.status === 404) return "absent";
  if (reply.status >= 300) throw statusError(scope.api, get, reply);
  return parseJobState(parseJson(scope.api, get, reply)).stopped ? "stopped" : "wanted";
}

/** The job's allocations whose processes may still run, of a purged job too. */
export async function aliveAllocations(
  scope: NomadScope,
  jobId: string,
  since?: Since,
): Promise<{ readonly allocations: readonly Allocation[]; readonly index: number }> {
  const path = `/v1/job/${encodeURIComponent(jobId)}/allocations`;
  const get = blocking(scoped(scope, "GET", path, { all: "true" }, "read-job"), since);
  const reply = await send(scope.api, get);
  if (reply.status >= 300) throw statusError(scope.api, get, reply);
  const allocations = parseAllocations(parseJson(scope.api, get, reply)).filter(isAlive);
  return { allocations, index: reply.index };
}
