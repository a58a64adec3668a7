import type { NodeFacts } from "../../patroni/volumeNodes";
import { elements, fields, text } from "../../patroni/observed/json";
import { parseNomadNode } from "../../patroni/observed/nomadNode";
import { parseJson, send, statusError } from "../http";
import { blocking, scoped, type NomadScope, type Since } from "./nomadScope";

/** Every Nomad client, without attributes and metadata: Nomad lists nodes without them. */
export async function listNodes(
  scope: NomadScope,
  since?: Since,
): Promise<{ readonly nodes: readonly NodeFacts[]; readonly index: number }> {
  const list = blocking(scoped(scope, "GET", "/v1/nodes", {}, "node:read"), since);
  const reply = await send(scope.api, list);
  if (reply.status >= 300) throw statusError(scope.api, list, reply);
  return { nodes: elements(parseJson(scope.api, list, reply)).map(nodeFacts), index: reply.index };
}

/** Adds what constraints and plugins are judged by; a node that has left in the meantime is left out. */
export async function withAttributes(
  scope: NomadScope,
  nodes: readonly NodeFacts[],
): Promise<readonly NodeFacts[]> {
  const complete: NodeFacts[] = [];
  // Ten at a time: kind to the servers of a large cluster, and still one round trip for a small one.
  for (let start = 0; start < nodes.length; start += 10) {
    const batch = nodes.slice(start, start + 10).map(async ({ id }) => {
      const get = scoped(scope, "GET", `/v1/node/${encodeURIComponent(id)}`, {}, "node:read");
      const reply = await send(scope.api, get);
      if (reply.status === 404) return undefined;
      if (reply.status >= 300) throw statusError(scope.api, get, reply);
      return nodeFacts(parseJson(scope.api, get, reply));
    });
    complete.push(...(await Promise.all(batch)).filter((node) => node !== undefined));
  }
  return complete;
}

function nodeFacts(body: unknown): NodeFacts {
  const volumes = Object.entries(fields(fields(body)["HostVolumes"]));
  return {
    ...parseNomadNode(body),
    hostVolumes: Object.fromEntries(
      volumes.map(([name, volume]) => [name, text(fields(volume)["ID"]) ?? ""]),
    ),
  };
}
