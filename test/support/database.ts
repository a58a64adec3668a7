import { Client } from "pg";
import type { ClustersOutput } from "../../lab/clustersTable";
import { superuserPassword } from "./labSecrets";

/** Runs one statement on a cluster's leader as the superuser, and returns its rows. */
export async function queryLeader(
  clusters: ClustersOutput,
  cluster: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const found = clusters[cluster];
  if (found === undefined) throw new Error(`the stack has no cluster ${cluster}`);
  const [host, port] = found.endpoint.split(":");
  const client = new Client({
    host,
    port: Number(port),
    user: "postgres",
    database: "postgres",
    password: await superuserPassword(cluster),
    connectionTimeoutMillis: 5000,
  });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
