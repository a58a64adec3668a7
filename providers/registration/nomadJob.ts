import { parseJobPlan, type JobPlan } from "../../patroni/jobDrift/jobPlan";
import { fields, number, parsedFields, type Fields } from "../../patroni/observed/json";
import { nomadApi, oneLine, parseJson, send, sendJson, statusError, type HttpRequest } from "../http";
import { placeQuery, type NomadPlace } from "../nomadPlace";

/**
 * Asks Nomad what registering a job would change, which does nothing. Throws an HttpError.
 *
 * https://developer.hashicorp.com/nomad/api-docs/jobs#create-job-plan
 */
export async function planJob(place: NomadPlace, jobId: string, jobspec: string): Promise<JobPlan> {
  const path = `/v1/job/${encodeURIComponent(jobId)}/plan`;
  const body = { Job: parsedFields(jobspec), Diff: true };
  return parseJobPlan(await sendJson(nomadApi(place.nomadAddress), post(place, path, body)));
}

/** What came of a registration. */
export type Registered =
  | { readonly kind: "done"; readonly modifyIndex: number }
  /** Somebody else was quicker. */
  | { readonly kind: "forestalled" }
  | { readonly kind: "refused"; readonly said: string };

/**
 * Registers a job if nobody else has since Nomad's index of it was `modifyIndex`. Throws an HttpError when Nomad can't
 * be asked.
 *
 * https://developer.hashicorp.com/nomad/api-docs/jobs#enforceindex
 */
export async function registerIfUnchanged(
  place: NomadPlace,
  job: Fields,
  modifyIndex: number,
): Promise<Registered> {
  const api = nomadApi(place.nomadAddress);
  const request = post(place, "/v1/jobs", { Job: job, EnforceIndex: true, JobModifyIndex: modifyIndex });
  const reply = await send(api, request);
  if (reply.status < 300) {
    const now = number(fields(parseJson(api, request, reply))["JobModifyIndex"]);
    if (now === undefined) throw statusError(api, request, reply);
    return { kind: "done", modifyIndex: now };
  }
  if (reply.text.includes("Enforcing job modify index")) return { kind: "forestalled" };
  return { kind: "refused", said: oneLine(reply.text) };
}

function post(place: NomadPlace, path: string, body: object): HttpRequest {
  return { method: "POST", path, query: placeQuery(place), body, right: "submit-job" };
}
