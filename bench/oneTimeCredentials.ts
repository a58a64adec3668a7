import { Client } from "pg";
import { vaultAccessName } from "../patroni/access/accessNames";
import { fields, text } from "../patroni/observed/json";
import { labManagement } from "../lab/platform/labEnvironment";
import { accessInputsOf } from "../providers/access/clusterAccess";
import { findLeader } from "../providers/findLeader";
import { accessProviderVersion } from "../providers/access/model";
import { provider as accessProvider } from "../providers/access/provider";
import { BenchCluster } from "./benchCluster";
import { tenant, type BenchContext } from "./context";
import type { Endpoint } from "./gapWriter";
import type { Findings } from "./results";
import { sample } from "./statistics";
import { medianAnd95th } from "./wording";

/** What "from asking to a login that works" is aimed at. */
const targetMilliseconds = 100;

/** How many ask at once in the second row. */
const sideBySide = 50;

/** The port that this cluster has on every node. */
const postgresPort = 11432;

/** How long Vault takes to make a login that PostgreSQL takes: one at a time, and many at once. */
export async function oneTimeCredentials(context: BenchContext): Promise<Findings> {
  const runs = context.runs(20);
  const rounds = Math.max(1, Math.ceil(runs / 10));
  const access = { roles: { app: { kind: "readwrite", ttl: "10m" } } };
  const bench = new BenchCluster(context, tenant(context, "logins", { members: 3, postgresPort, access }));
  const { cluster } = bench;
  const inputs = {
    ...accessInputsOf(cluster, context.platform, postgresPort),
    providerVersion: accessProviderVersion,
  };
  let state: unknown;
  try {
    await bench.prepare();
    await bench.waitForLeader(await bench.register());
    // The bench issues what the operator may not.
    Object.assign(process.env, { VAULT_TOKEN: labManagement(context.settings).VAULT_TOKEN });
    state = (await accessProvider.create(inputs)).outs;
    // As an app does by Consul's service of the leader: a replica may not know a new login yet, and refuses it.
    const leader = await findLeader(inputs);
    if (leader === undefined) throw new Error("there is no leader");
    const { host, port } = leader;
    const once = async (): Promise<number> => usableLogin(bench, { host, port });
    const single: number[] = [];
    for (let run = 0; run < runs; run += 1) single.push(await once());
    const many: number[] = [];
    for (let round = 0; round < rounds; round += 1)
      many.push(...(await Promise.all(Array.from({ length: sideBySide }, once))));
    const row = (how: string, all: readonly number[]) => ({
      measured: `from asking Vault to a query by the login, ${how}, median and 95th percentile`,
      target: "median of less than 0.1 s",
      ours: medianAnd95th(all),
      reference: "",
      met: sample(all).median < targetMilliseconds,
    });
    return {
      reference: "",
      rows: [row("one at a time", single), row(`${sideBySide} side by side`, many)],
      notes: [
        `a readwrite role on 3 members, ${runs} runs one at a time and ${rounds} of ${sideBySide} at once. The query goes to the leader.`,
      ],
      raw: { single, many },
    };
  } finally {
    if (state !== undefined) await accessProvider.delete(cluster.name, state);
    await bench.remove();
  }
}

/** Milliseconds from the request to the answer of a query by the login that it gave. @throws when it doesn't work */
async function usableLogin(
  { cluster, context: { api, platform } }: BenchCluster,
  leader: Endpoint,
): Promise<number> {
  const began = performance.now();
  const path = `${platform.vault.databaseMount}/creds/${vaultAccessName(cluster, { name: "app" })}`;
  const data = fields(fields(await api.readVault(path))["data"]);
  const login = { user: text(data["username"]) ?? "", password: text(data["password"]) ?? "" };
  const client = new Client({ ...leader, ...login, database: "postgres", connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return performance.now() - began;
  } finally {
    await client.end().catch(() => undefined);
  }
}
