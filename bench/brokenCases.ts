import type { Cluster } from "../config/model";
import type { BenchCluster, Preparation } from "./benchCluster";

/** Something that keeps a cluster from coming up. */
export interface BrokenCase {
  readonly title: string;
  /** What only a message that names this cause holds; the program's and Nomad's own output are held to the same. */
  readonly names: RegExp;
  /** Settings of the tenant. Throw-away data and two members unless said otherwise. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What no tenant's settings can say. */
  readonly change?: Partial<Cluster>;
  readonly preparation?: Preparation;
  /** Another reference of the image than the one that was built. */
  readonly imagePrefix?: (built: string) => string;
  /** Breaks what was prepared, before the job is registered. */
  readonly sabotage?: (bench: BenchCluster) => Promise<void>;
}

/** A system identifier that no cluster of the bench has. */
const strangeSystemId = "7000000000000000001";

const oneOnVolume = { members: 1, storage: { type: "volume", capacity: "1GiB" } };

/** The causes that have to be named early. */
export const brokenCases: readonly BrokenCase[] = [
  {
    title: "placement impossible",
    names: /meta\.storage/,
    settings: {
      placement: { constraints: [{ attribute: "${meta.storage}", operator: "=", value: "tape" }] },
    },
  },
  {
    title: "image not found",
    names: /manifest (for \S+ )?(not found|unknown)|not found/i,
    imagePrefix: (built) => `${built}-mistyped`,
  },
  {
    title: "Vault secret missing",
    names: /no secret exists|secret .*missing/i,
    preparation: { secret: false },
  },
  {
    title: "Vault secret denied",
    names: /permission denied|denied/i,
    preparation: { maySecretBeRead: false },
  },
  {
    title: "Consul agent not reachable",
    names: /consul.*(can't be reached|reach|refused)/i,
    change: { consulAgentAddress: "127.0.0.1:1" },
  },
  {
    title: "task dies: PostgreSQL refuses a parameter",
    names: /no_such_library/,
    settings: { parameters: { shared_preload_libraries: "no_such_library" } },
  },
  {
    title: "initialize key left by a cluster that is gone",
    names: /initialize/,
    sabotage: async ({ context, folder }) => {
      await context.api.consul("PUT", `/v1/kv/${folder}/initialize`, strangeSystemId);
    },
  },
  {
    title: "data of another cluster (system id)",
    names: new RegExp(`system id.*${strangeSystemId}|${strangeSystemId}`, "i"),
    settings: oneOnVolume,
    sabotage: async (bench) => {
      await bench.waitForLeader(await bench.register());
      await bench.stop();
      await bench.context.api.consul("PUT", `/v1/kv/${bench.folder}/initialize`, strangeSystemId);
    },
  },
  {
    title: "data directory not writable",
    names: /not writable|can't be written|permission denied/i,
    settings: oneOnVolume,
    preparation: { volumeOwner: 0 },
  },
];
