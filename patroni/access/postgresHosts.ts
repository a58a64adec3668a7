import { elements, fields, text } from "../observed/json";
import { parseNomadNode } from "../observed/nomadNode";
import { globMatches } from "../volumeNodes";

/** Where members may run. */
export interface MemberPlaces {
  readonly datacenters: readonly string[];
  readonly nodePool: string;
}

/**
 * Addresses at which the leader may be, now or later: the members' first, then those of every node that a member may
 * come to. Nodes that are down are among them, for they come back.
 *
 * @param members hosts as members advertise them
 * @param nodes the answer of `GET /v1/nodes?resources=true`
 */
export function postgresHosts(
  members: readonly string[],
  nodes: unknown,
  { datacenters, nodePool }: MemberPlaces,
): readonly string[] {
  const fitting = elements(nodes).filter((body) => {
    const node = parseNomadNode(body);
    const isThere = datacenters.some((pattern) => globMatches(pattern, node.datacenter));
    return isThere && (nodePool === "all" || nodePool === node.nodePool);
  });
  const addresses = fitting.flatMap((body) => addressOf(body) ?? []);
  return [...new Set([...[...members].sort(), ...addresses.sort()])];
}

/** The address at which Nomad gives out a node's ports: that of its first network that has one. */
function addressOf(node: unknown): string | undefined {
  const networks = elements(fields(fields(node)["NodeResources"])["Networks"]);
  const [address] = networks.flatMap((network) => text(fields(network)["IP"]) ?? []);
  return address ?? text(fields(node)["Address"]);
}
