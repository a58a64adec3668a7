import { elements, fields, text } from "../../patroni/observed/json";
import { parseAllocations } from "../../patroni/observed/nomadState";
import { spareClaims } from "../../patroni/spareClaims";
import { HttpError, nomadApi, send, sendJson, statusError, type HttpRequest } from "../http";
import { placeQuery } from "../nomadPlace";
import type { LeaderInputs } from "./model";

/**
 * Lets Nomad forget whom it keeps a ready cluster's spare volumes for, so that a member that is replaced later goes back to
 * its own data. The volumes stay as they are. Returns a line for people where that can't be done, which fails nothing;
 * the next ready wait tries again.
 */
export async function releaseSpareClaims(inputs: LeaderInputs): Promise<string | undefined> {
  const { nomadAddress, jobId, memberCount, cluster } = inputs;
  const api = nomadApi(nomadAddress);
  const request = (method: HttpRequest["method"], path: string, right: string): HttpRequest => ({
    ...{ method, path, right },
    query: placeQuery(inputs),
  });
  try {
    const list = request("GET", "/v1/volumes/claims", "host-volume-read");
    const claims = elements(await sendJson(api, { ...list, query: { ...list.query, job_id: jobId } }))
      .map(fields)
      .filter(({ JobID }) => JobID === jobId)
      .map(({ ID, AllocID }) => ({ id: text(ID) ?? "", allocationId: text(AllocID) ?? "" }));
    if (claims.length <= memberCount) return undefined;
    const path = `/v1/job/${encodeURIComponent(jobId)}/allocations`;
    const allocations = parseAllocations(await sendJson(api, request("GET", path, "read-job")));
    for (const id of spareClaims(memberCount, claims, allocations)) {
      const remove = request("DELETE", `/v1/volumes/claim/${encodeURIComponent(id)}`, "host-volume-delete");
      const reply = await send(api, remove);
      if (reply.status >= 300 && reply.status !== 404) throw statusError(api, remove, reply);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return `[${cluster}] Nomad still keeps a spare volume for a member, and may place one there: ${error.message}`;
  }
}
