import type { RemovableKey } from "../patroni/leftovers/model";
import { consulApi, oneLine, send, statusError, type HttpRequest } from "./http";

/** Operations of one transaction at most (`maxTxnOps` in Consul's agent/txn_endpoint.go, 1.20). */
const mostKeys = 128;

/**
 * Removes keys as they were seen, all or none: in one transaction, in which each must have the modify index that it had,
 * and none of `absent` may exist. Returns why nothing was removed, undefined when all are gone. Throws an HttpError
 * when Consul can't be asked or refuses the token. https://developer.hashicorp.com/consul/api-docs/txn
 */
export async function removeKeys(
  consulAddress: string,
  keys: readonly RemovableKey[],
  absent: readonly string[],
): Promise<string | undefined> {
  if (keys.length + absent.length > mostKeys)
    return `there are ${keys.length} keys, more than Consul removes at once`;
  const api = consulApi(consulAddress);
  const operations = [
    ...absent.map((Key) => ({ KV: { Verb: "check-not-exists", Key } })),
    ...keys.map(({ key, modifyIndex }) => ({ KV: { Verb: "delete-cas", Key: key, Index: modifyIndex } })),
  ];
  const put: HttpRequest = { method: "PUT", path: "/v1/txn", body: operations, right: "key_prefix write" };
  const reply = await send(api, put);
  if (reply.status === 409) return `somebody has written them meanwhile: ${oneLine(reply.text)}`;
  if (reply.status >= 300) throw statusError(api, put, reply);
  return undefined;
}
