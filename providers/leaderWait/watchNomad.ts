import { fields, elements, number, text } from "../../patroni/observed/json";
import { parseJobNeeds, parseMemberNode, nodeFits } from "../../patroni/observed/nodeFit";
import { isAlive, parseAllocations, parseDeployment, parseJobState } from "../../patroni/observed/nomadState";
import { currentAllocations, type Expectation } from "../../patroni/observed/snapshot";
import { blockedEvaluation } from "../../patroni/causes/fromPlacement";
import { portLabels } from "../../patroni/names";
import { HttpError, nomadApi, parseJson, send, sendJson, statusError, type HttpRequest } from "../http";
import { placeQuery } from "../nomadPlace";
import { followChanges, pause } from "./followChanges";
import type { Observations } from "./observations";

/** Requests that Nomad answers at once. */
const timeoutSeconds = 4;

/** Nodes that are looked at one by one when a member has no place; more would only make a message unreadable. */
const nodesAtMost = 25;

/** Follows the job's allocations and evaluations, and keeps what hangs on them up to date, until the signal. */
export async function watchNomad(observations: Observations, signal: AbortSignal): Promise<void> {
  const { expectation } = observations;
  const api = nomadApi(expectation.nomadAddress);
  const path = `/v1/job/${encodeURIComponent(expectation.jobId)}`;
  const query = placeQuery(expectation);
  const problem = (error: HttpError) => {
    observations.failed("nomad", error);
  };
  const right = "read-job";
  await Promise.all([
    followChanges(
      { api, path: `${path}/allocations`, query, right },
      {
        answer: (body) => {
          observations.allocationsAnswered(body);
        },
        problem,
      },
      signal,
    ),
    followChanges(
      { api, path: `${path}/evaluations`, query, right },
      {
        answer: (body) => {
          observations.evaluationsAnswered(body);
        },
        problem,
      },
      signal,
    ),
    keepJob(observations, signal),
    keepPlacement(observations, signal),
  ]);
}

/** Asks Nomad once; undefined for a 404 and for every failure, which the followed queries report already. */
async function askNomad(
  expectation: Expectation,
  path: string,
  signal: AbortSignal,
  query: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const request: HttpRequest = {
    method: "GET",
    path,
    query: { ...placeQuery(expectation), ...query },
    timeoutSeconds,
    signal,
  };
  try {
    return await sendJson(nomadApi(expectation.nomadAddress), request);
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}

/** The job itself as it is now; "absent" when Nomad doesn't know it. Throws an HttpError when Nomad doesn't say within 4 s. */
export async function readJob(expectation: Expectation, signal?: AbortSignal) {
  const path = `/v1/job/${encodeURIComponent(expectation.jobId)}`;
  const api = nomadApi(expectation.nomadAddress);
  const request: HttpRequest = {
    method: "GET",
    path,
    query: placeQuery(expectation),
    timeoutSeconds,
    right: "read-job",
    ...(signal === undefined ? {} : { signal }),
  };
  const reply = await send(api, request);
  if (reply.status === 404) return "absent";
  if (reply.status >= 300) throw statusError(api, request, reply);
  return parseJobState(parseJson(api, request, reply));
}

/**
 * Reads the job, its deployment and new allocations' ports after every change of the allocations or evaluations;
 * and every 2 s while nothing changes, because a job that was stopped or purged may show nowhere else.
 */
async function keepJob(observations: Observations, signal: AbortSignal): Promise<void> {
  let allocations: unknown;
  let evaluations: unknown;
  let readAt = -Infinity;
  while (!signal.aborted) {
    const moved = allocations !== observations.allocations || evaluations !== observations.evaluations;
    const age = Date.now() - readAt;
    if (moved || age >= 2_000) {
      ({ allocations, evaluations } = observations);
      readAt = Date.now();
      await Promise.all([refreshJob(observations, signal), readPorts(observations, signal)]);
    } else await observations.nextChange(2_000 - age, signal);
  }
}

async function refreshJob(observations: Observations, signal: AbortSignal): Promise<void> {
  const { expectation } = observations;
  const path = `/v1/job/${encodeURIComponent(expectation.jobId)}/deployment`;
  try {
    const [job, deployment] = await Promise.all([
      readJob(expectation, signal),
      askNomad(expectation, path, signal),
    ]);
    observations.job = job;
    observations.deployment = parseDeployment(deployment);
    observations.changed();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (!signal.aborted) observations.failed("nomad", error);
  }
}

/** Where each allocation's REST API listens on its node: an entry in Consul that points elsewhere isn't its own. */
async function readPorts(observations: Observations, signal: AbortSignal): Promise<void> {
  const { expectation, apiPorts } = observations;
  const unknown = currentAllocations(expectation, observations).filter(({ id }) => !apiPorts.has(id));
  await Promise.all(
    unknown.map(async ({ id }) => {
      const shared = fields(
        fields(fields(await askNomad(expectation, `/v1/allocation/${id}`, signal))["AllocatedResources"])[
          "Shared"
        ],
      );
      const port = elements(shared["Ports"])
        .map(fields)
        .find((each) => text(each["Label"]) === portLabels.patroniApi);
      const value = number(port?.["Value"]);
      if (value === undefined) return;
      apiPorts.set(id, value);
      observations.changed();
    }),
  );
}

/** While a member has no place, looks every 2 s at what each node lacks and at what still stops. */
async function keepPlacement(observations: Observations, signal: AbortSignal): Promise<void> {
  const { expectation } = observations;
  const seen = new Map<string, unknown>();
  while (!signal.aborted) {
    const { allocations, evaluations } = observations;
    // What still stops is read below, so it must not keep it from being read again.
    if (blockedEvaluation(expectation, { allocations, evaluations, stopping: 0 }) === undefined)
      await observations.nextChange(2_000, signal);
    else {
      await readPlacement(observations, seen, signal);
      await pause(2_000, signal);
    }
  }
}

/** What Nomad doesn't answer stays as it was last seen: `seen` has the nodes by ID. */
async function readPlacement(
  observations: Observations,
  seen: Map<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { expectation } = observations;
  const path = `/v1/job/${encodeURIComponent(expectation.jobId)}`;
  const [job, everything, list] = await Promise.all([
    askNomad(expectation, path, signal),
    askNomad(expectation, `${path}/allocations`, signal, { all: "true" }),
    askNomad(expectation, "/v1/nodes", signal),
  ]);
  const ids = elements(list).flatMap((stub) => text(fields(stub)["ID"]) ?? []);
  const nodes = await Promise.all(
    ids.slice(0, nodesAtMost).map(async (id) => {
      const node = (await askNomad(expectation, `/v1/node/${id}`, signal)) ?? seen.get(id);
      seen.set(id, node);
      return node;
    }),
  );
  if (signal.aborted) return;
  if (job !== undefined && list !== undefined) {
    const occupied = new Set(currentAllocations(expectation, observations).map(({ nodeId }) => nodeId));
    const known = nodes.filter((node) => node !== undefined).map(parseMemberNode);
    observations.nodes = nodeFits(parseJobNeeds(job), known, occupied);
  }
  if (everything !== undefined)
    observations.stopping = parseAllocations(everything).filter(
      (allocation) => isAlive(allocation) && allocation.desired !== "run",
    ).length;
  observations.changed();
}
