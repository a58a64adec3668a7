import type { Cluster, Platform } from "../../config/model";

/** A platform as a stack might describe it. */
export const examplePlatform: Platform = {
  production: false,
  nomad: { address: "http://nomad.example.net:4646", region: "global", namespace: "default" },
  consul: {
    address: "http://consul.example.net:8500",
    sessionTtlMinSeconds: 10,
    nodeFailureSeconds: 8,
    keyPrefix: "operations",
    acl: { taskAuthMethod: "nomad-tasks", serviceAuthMethod: "nomad-workloads", audience: "consul.io" },
  },
  vault: {
    address: "http://vault.example.net:8200",
    jwtAuthPath: "jwt-nomad",
    audience: "vault.io",
    databaseMount: "database",
  },
  image: {
    repository: "registry.example.net/patroni",
    baseImages: { 17: "postgres:17-trixie" },
    platforms: ["linux/amd64", "linux/arm64"],
    extraCaFile: undefined,
  },
};

/** A tenant with every default, on volumes. */
export const volumeCluster: Cluster = {
  name: "acme",
  configPath: "tenants.acme",
  members: 3,
  postgresVersion: 17,
  parameters: { max_connections: 200 },
  resources: { cpuMhz: 500, memoryMb: 512 },
  storage: {
    type: "volume",
    volumeName: "postgres-acme",
    capacityMinBytes: 10 * 2 ** 30,
    capacityMaxBytes: 10 * 2 ** 30,
    pluginId: "mkdir",
    constraints: [{ attribute: "${meta.storage}", operator: "=", value: "ssd" }],
    whenRemoved: "keep",
  },
  replicationNetworks: ["10.20.0.0/16"],
  clientNetworks: ["10.20.0.0/16", "10.30.0.0/16"],
  placement: { datacenters: ["dc1"], nodePool: "default", constraints: [], spread: [] },
  driver: "docker",
  networkMode: "host",
  consulAgentAddress: "127.0.0.1:8500",
  patroni: {
    ttlSeconds: 20,
    loopWaitSeconds: 2,
    retryTimeoutSeconds: 5,
    primaryStartTimeoutSeconds: 60,
    maxLagBytes: 1048576,
    synchronousMode: "off",
    synchronousNodeCount: 1,
    rebuildStuckAfterSeconds: 600,
    pause: false,
    drift: "correct",
  },
  credentials: {
    kind: "generated",
    generation: 1,
    maxAgeDays: undefined,
    mount: "secret",
    path: "postgres/acme",
    fields: {
      superuserUsername: "superuser_username",
      superuserPassword: "superuser_password",
      replicationUsername: "replication_username",
      replicationPassword: "replication_password",
      rewindUsername: "rewind_username",
      rewindPassword: "rewind_password",
    },
  },
  databases: {},
  roles: {},
  drops: [],
  postgresPort: undefined,
  access: [],
  timeouts: { leaderSeconds: 300, killSeconds: 60, lostAfterSeconds: 3600 },
};

/** A tenant that differs from `volumeCluster` wherever a document can differ. */
export const ephemeralCluster: Cluster = {
  ...volumeCluster,
  name: "beta",
  configPath: "tenants.beta",
  members: 2,
  storage: { type: "ephemeral", sizeMb: 2048 },
  placement: {
    datacenters: ["dc1", "dc2"],
    nodePool: "databases",
    constraints: [{ attribute: "${attr.cpu.arch}", operator: "=", value: "arm64" }],
    spread: [{ attribute: "${node.datacenter}", weight: 100 }],
  },
  driver: "podman",
  networkMode: "bridge",
  consulAgentAddress: "${attr.unique.network.ip-address}:8500",
  patroni: { ...volumeCluster.patroni, synchronousMode: "quorum" },
  credentials: {
    kind: "existing",
    generation: 1,
    maxAgeDays: undefined,
    mount: "kv",
    path: "teams/beta/database",
    fields: { ...volumeCluster.credentials.fields, superuserPassword: "admin-password" },
  },
};
