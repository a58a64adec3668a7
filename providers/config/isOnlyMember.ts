import { clusterNames } from "../../patroni/names";
import { elements, fields, number } from "../../patroni/observed/json";
import { HttpError, nomadApi, parseJson, send, type HttpRequest } from "../http";
import { placeQuery } from "../nomadPlace";
import type { ConfigInputs } from "./model";
import type { ObservedMembers } from "./observeMembers";

/** Nomad must not hold a rolling restart up. */
const answerSeconds = 4;

/**
 * Whether a cluster has one member and is to have no more: Consul lists no other, and its job in Nomad has a count of
 * one. A member that is gone for a while isn't listed, and then the count tells. It counts as more than one where Nomad
 * can't say, and as one where Nomad isn't known (`nomadAddress` is empty) or has no such job.
 */
export async function isOnlyMember(inputs: ConfigInputs, { list }: ObservedMembers): Promise<boolean> {
  if (list.length > 1) return false;
  if (inputs.nomadAddress === "") return true;
  const api = nomadApi(inputs.nomadAddress);
  const request: HttpRequest = {
    method: "GET",
    path: `/v1/job/${encodeURIComponent(clusterNames({ name: inputs.cluster }).job)}`,
    query: placeQuery(inputs),
    timeoutSeconds: answerSeconds,
  };
  try {
    const reply = await send(api, request);
    if (reply.status === 404) return true;
    const [group] = elements(fields(parseJson(api, request, reply))["TaskGroups"]);
    return reply.status === 200 && number(fields(group)["Count"]) === 1;
  } catch (error) {
    if (error instanceof HttpError) return false;
    throw error;
  }
}
