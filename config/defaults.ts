import type { CredentialFields, PatroniSettings, PostgresParameters, Timeouts } from "./model";

/** What a cluster has where neither it nor `platform.defaults` says otherwise. */
export const clusterDefaults = {
  members: 3,
  postgresVersion: 17,
  parameters: {} satisfies PostgresParameters,
  resources: { cpuMhz: 500, memoryMb: 512 },
  placement: { datacenters: ["*"], nodePool: "default", constraints: [], spread: [] },
  driver: "docker",
  networkMode: "host",
  patroni: {
    ttlSeconds: 20,
    loopWaitSeconds: 2,
    retryTimeoutSeconds: 5,
    primaryStartTimeoutSeconds: 15,
    maxLagBytes: 2 ** 20,
    synchronousMode: "off",
    synchronousNodeCount: 1,
    rebuildStuckAfterSeconds: 600,
    pause: false,
    drift: "correct",
  } satisfies PatroniSettings,
  allow: [],
  timeouts: { leaderSeconds: 300, killSeconds: 60, lostAfterSeconds: 300 } satisfies Timeouts,
} as const;

/** What storage has of its type. */
export const storageDefaults = {
  volume: {
    type: "volume",
    capacity: { minBytes: 10 * 2 ** 30, maxBytes: 10 * 2 ** 30 },
    pluginId: "mkdir",
    constraints: [],
    whenRemoved: "keep",
  },
  ephemeral: { type: "ephemeral", sizeMb: 1024 },
} as const;

/** What a declared database and a declared role have unless their entry says otherwise. */
export const databaseDefaults = { extensions: [] } as const;
export const roleDefaults = { login: false, memberOf: [] } as const;

/** Generation of passwords that nobody has asked to change yet. */
export const firstGeneration = 1;

/** Fields of generated secrets, and of existing ones unless named. */
export const credentialFieldDefaults: CredentialFields = {
  superuserUsername: "superuser_username",
  superuserPassword: "superuser_password",
  replicationUsername: "replication_username",
  replicationPassword: "replication_password",
  rewindUsername: "rewind_username",
  rewindPassword: "rewind_password",
};

/** What a role of Vault's database engine has where it doesn't say otherwise. */
export const accessDefaults = {
  database: "postgres",
  ttlSeconds: 3600,
  maxTtlSeconds: 86400,
  rotateEverySeconds: 86400,
} as const;

/** What the platform has where `platform` doesn't say otherwise. */
export const platformDefaults = {
  production: false,
  consul: {
    sessionTtlMinSeconds: 10,
    keyPrefix: "operations",
    acl: true,
    // What `nomad setup consul` makes.
    taskAuthMethod: "nomad-workloads",
    serviceAuthMethod: "nomad-workloads",
    audience: "consul.io",
  },
  vault: {
    jwtAuthPath: "jwt-nomad",
    audience: "vault.io",
    kvMount: "secret",
    kvPath: "postgres",
    databaseMount: "database",
  },
  image: { baseImages: { "17": "postgres:17-trixie" }, platforms: ["linux/amd64", "linux/arm64"] },
} as const;

/**
 * Where a member reaches its node's Consul agent. In a bridge, 127.0.0.1 is the container itself, and the node is
 * reached by its own address.
 */
export const agentAddressDefaults = {
  host: "127.0.0.1:8500",
  bridge: "${attr.unique.network.ip-address}:8500",
} as const;
