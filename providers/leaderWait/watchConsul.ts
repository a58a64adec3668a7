import { scopeFolder } from "../../patroni/observed/consulKeys";
import { consulApi, HttpError, send } from "../http";
import { followChanges, pause } from "./followChanges";
import type { Observations } from "./observations";

/** How long after a refusal the right to read is looked at again. */
const refusedPauseMs = 2_000;

/** Follows the scope's keys in Consul until the signal. */
export async function watchConsul(observations: Observations, signal: AbortSignal): Promise<void> {
  const { consulAddress, keyPrefix, scope } = observations.expectation;
  const folder = scopeFolder(keyPrefix, scope);
  const path = `/v1/kv/${folder.split("/").map(encodeURIComponent).join("/")}`;
  const right = `key_prefix "${folder}" { policy = "read" }`;
  const api = consulApi(consulAddress);
  const problem = (error: HttpError): void => {
    observations.failed("consul", error);
  };
  while (!signal.aborted) {
    const refusal = await refusalOf(() =>
      send(api, { method: "GET", path: `${path}config`, timeoutSeconds: 4, right, signal }),
    );
    if (refusal === undefined) break;
    problem(refusal);
    await pause(refusedPauseMs, signal);
  }
  await followChanges(
    { api, path, query: { recurse: "" }, right },
    {
      answer: (body) => {
        observations.consulAnswered(body);
      },
      problem,
    },
    signal,
  );
}

/**
 * The refusal of a request, if it was one. Unless Consul's agents have `acl.enable_key_list_policy`, it refuses nobody a
 * list, but leaves out what may not be read: a cluster whose keys are hidden would look like one without any.
 */
async function refusalOf(ask: () => Promise<unknown>): Promise<HttpError | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return error.kind === "denied" ? error : undefined;
  }
}
