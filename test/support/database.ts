import { Client } from "pg";
import type { ClustersOutput } from "../../lab/clustersTable";
import { superuserPassword } from "./labSecrets";
import { eventually } from "./waiting";

/** Who logs in, and to which database: `postgres` unless said. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database?: string;
}

/** Runs one statement on a cluster's leader as its generated superuser, and returns its rows. */
export async function queryLeader(
  clusters: ClustersOutput,
  cluster: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  return queryLeaderAs(await superuser(cluster), clusters, cluster, statement);
}

/** Runs one statement on a cluster's leader, and returns its rows. */
export async function queryLeaderAs(
  login: Login,
  clusters: ClustersOutput,
  cluster: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const [host = "", port = ""] = found(clusters, cluster).endpoint.split(":");
  return query({ host, port: Number(port) }, login, statement);
}

/** A cluster's generated superuser. */
export async function superuser(cluster: string): Promise<Login> {
  return { user: "postgres", password: await superuserPassword(cluster) };
}

/**
 * Runs one statement on whichever of the members that an `up` listed leads by now; the others may have gone, or
 * have moved to other ports. Waits for one to lead.
 */
export async function queryWhoeverLeads(
  clusters: ClustersOutput,
  cluster: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const login = await superuser(cluster);
  const { members } = found(clusters, cluster);
  const look = async (saw: (state: unknown) => void) => {
    const answers = await Promise.allSettled(
      members.map(async (member) => {
        const [row] = await query(member, login, "select pg_is_in_recovery() as replica");
        return { member, replica: row?.["replica"] === true };
      }),
    );
    saw(answers.map((answer) => (answer.status === "rejected" ? String(answer.reason) : answer.value)));
    const leads = answers.find((answer) => answer.status === "fulfilled" && !answer.value.replica);
    return leads?.status === "fulfilled" ? query(leads.value.member, login, statement) : undefined;
  };
  return eventually(`a leader of ${cluster} answers`, look, { timeoutSeconds: 30 });
}

function found(clusters: ClustersOutput, cluster: string): ClustersOutput[string] {
  const output = clusters[cluster];
  if (output === undefined) throw new Error(`the stack has no cluster ${cluster}`);
  return output;
}

/** Runs one statement on a server, in the database `postgres` unless said, and returns its rows. */
export async function query(
  address: { readonly host: string; readonly port: number },
  login: Login,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const { host, port } = address;
  const client = new Client({ host, port, database: "postgres", ...login, connectionTimeoutMillis: 5000 });
  // A connection that breaks while nothing is asked is no error of the test's.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
