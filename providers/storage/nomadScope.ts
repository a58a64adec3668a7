import { nomadApi, type HttpApi, type HttpRequest } from "../http";
import { placeQuery } from "../nomadPlace";
import type { StorageInputs } from "./model";

/** Nomad's API with the namespace and region of a cluster. */
export interface NomadScope {
  readonly api: HttpApi;
  readonly query: Readonly<Record<string, string>>;
}

/** The scope of a cluster's storage. */
export function nomadScope(inputs: StorageInputs): NomadScope {
  return { api: nomadApi(inputs.nomadAddress), query: placeQuery(inputs) };
}

/** A request in the cluster's namespace and region; `right` is what the token needs. */
export function scoped(
  scope: NomadScope,
  method: HttpRequest["method"],
  path: string,
  query: Readonly<Record<string, string>>,
  right: string,
): HttpRequest {
  return { method, path, query: { ...scope.query, ...query }, right };
}

/** How long a blocking query may wait, and for a change after which index. */
export interface Since {
  readonly index: number;
  readonly waitSeconds: number;
}

/** A blocking query: `wait` in whole seconds, and a deadline that leaves Nomad its own jitter (a sixteenth). */
export function blocking(request: HttpRequest, since: Since | undefined): HttpRequest {
  if (since === undefined) return request;
  const wait = Math.max(1, Math.ceil(since.waitSeconds));
  return {
    ...request,
    query: { ...request.query, index: String(since.index), wait: `${wait}s` },
    timeoutSeconds: 10 + wait * 1.1,
  };
}
