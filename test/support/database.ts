import { Client } from "pg";
import type { ClustersOutput } from "../../lab/clustersTable";
import { superuserPassword } from "./labSecrets";
import { eventually } from "./waiting";

/** Runs one statement on a cluster's leader as the superuser, and returns its rows. */
export async function queryLeader(
  clusters: ClustersOutput,
  cluster: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const [host = "", port = ""] = found(clusters, cluster).endpoint.split(":");
  return query({ host, port: Number(port) }, await superuserPassword(cluster), statement);
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
  const password = await superuserPassword(cluster);
  const { members } = found(clusters, cluster);
  const look = async (saw: (state: unknown) => void) => {
    const answers = await Promise.allSettled(
      members.map(async (member) => {
        const [row] = await query(member, password, "select pg_is_in_recovery() as replica");
        return { member, replica: row?.["replica"] === true };
      }),
    );
    saw(answers.map((answer) => (answer.status === "rejected" ? String(answer.reason) : answer.value)));
    const leads = answers.find((answer) => answer.status === "fulfilled" && !answer.value.replica);
    return leads?.status === "fulfilled" ? query(leads.value.member, password, statement) : undefined;
  };
  return eventually(`a leader of ${cluster} answers`, look, { timeoutSeconds: 30 });
}

function found(clusters: ClustersOutput, cluster: string): ClustersOutput[string] {
  const output = clusters[cluster];
  if (output === undefined) throw new Error(`the stack has no cluster ${cluster}`);
  return output;
}

/** Runs one statement on a server as the superuser `postgres`, and returns its rows. */
export async function query(
  address: { readonly host: string; readonly port: number },
  password: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const { host, port } = address;
  const login = { user: "postgres", database: "postgres", password };
  const client = new Client({ host, port, ...login, connectionTimeoutMillis: 5000 });
  // A connection that breaks while nothing is asked is no error of the test's.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
