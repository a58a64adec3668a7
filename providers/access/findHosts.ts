import { postgresHosts } from "../../patroni/access/postgresHosts";
import { ProviderFailure } from "../failure";
import { leaderOf, readMembers } from "../findLeader";
import { HttpError, nomadApi, sendJson } from "../http";
import type { PostgresAddress } from "../postgresSession";
import type { AccessInputs } from "./model";

/** The leader, and every address at which it may be. */
export interface Hosts {
  /** Undefined where there is none. */
  readonly leader: PostgresAddress | undefined;
  readonly hosts: readonly string[];
}

/** Reads the members from Consul and the nodes from Nomad. Throws a ProviderFailure. */
export async function findHosts(inputs: AccessInputs): Promise<Hosts> {
  const keys = await readMembers(inputs);
  const members = keys.members.flatMap(({ host, port }) =>
    host === undefined || port === undefined ? [] : [host],
  );
  return { leader: leaderOf(keys), hosts: postgresHosts(members, await listNodes(inputs), inputs) };
}

async function listNodes({ nomadAddress, nomadRegion }: AccessInputs): Promise<unknown> {
  const query = { resources: "true", region: nomadRegion };
  const request = { method: "GET", path: "/v1/nodes", query, right: "node:read" } as const;
  return sendJson(nomadApi(nomadAddress), request).catch((error: unknown) => {
    throw error instanceof HttpError ? new ProviderFailure(error.message) : error;
  });
}
