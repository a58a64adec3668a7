import fc from "fast-check";
import { loadConfig } from "../../../config/load";
import type { Cluster, StackConfig } from "../../../config/model";
import { arbitraryNetwork } from "./arbitraryNetwork";
import { arbitraryParameters } from "./arbitraryParameters";
import { sourceOf, type RawConfig } from "./sources";

/** All of the keys or none: rules hold between them, and a layer that sets one would break another layer's. */
function together<T>(group: fc.Arbitrary<T>): fc.Arbitrary<T | Record<string, never>> {
  return fc.oneof(fc.constant({}), group);
}

/** Names as tenants may have them, and whose services are never another's. */
const arbitraryName = fc
  .stringMatching(/^[a-z](-?[a-z0-9]){0,14}$/)
  .filter((name) => name !== "platform" && !/-(primary|replica)$/.test(name));

const attribute = fc.constantFrom("${attr.cpu.arch}", "${meta.rack}", "${node.class}", "${node.datacenter}");

const constraint = fc.oneof(
  fc.record({ attribute, value: fc.constantFrom("amd64", "a b", 'quo"ted', "r1,r2") }),
  fc.record({
    attribute,
    operator: fc.constantFrom("=", "!=", ">=", "regexp", "set_contains"),
    value: fc.oneof(fc.constantFrom("ssd", "^r[0-9]+$"), fc.integer({ min: 0, max: 99 }), fc.boolean()),
  }),
  fc.record({ attribute, operator: fc.constantFrom("is_set", "is_not_set") }),
  fc.record({
    attribute,
    operator: fc.constant("version"),
    value: fc.constantFrom(">= 1.2", ">= 1.2, < 2.0.0"),
  }),
);

const constraints = fc.array(constraint, { maxLength: 2 });

const placement = fc.record(
  {
    datacenters: fc.array(fc.constantFrom("*", "dc1", "eu-*"), { minLength: 1, maxLength: 2 }),
    nodePool: fc.constantFrom("default", "storage", "pool_2"),
    constraints,
    spread: fc.array(fc.record({ attribute, weight: fc.integer({ min: 1, max: 100 }) }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const size = fc.integer({ min: 256, max: 4096 }).map((mib) => `${mib}MiB`);
const range = fc
  .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 }))
  .map(([min, more]) => ({ min: `${min}GiB`, max: `${min + more}GiB` }));

function storage(whenRemoved: readonly string[]) {
  const volume = fc.record(
    {
      type: fc.constant("volume"),
      capacity: fc.oneof(size, range),
      pluginId: fc.constantFrom("mkdir", "lvm-thin"),
      constraints,
      whenRemoved: fc.constantFrom(...whenRemoved),
    },
    { requiredKeys: ["type"] },
  );
  const ephemeral = fc.record(
    { type: fc.constant("ephemeral"), sizeMb: fc.integer({ min: 256, max: 100000 }) },
    { requiredKeys: ["type"] },
  );
  return fc.oneof(volume, ephemeral);
}

const networks = fc.record(
  {
    replication: fc.array(arbitraryNetwork(1), { minLength: 1, maxLength: 3 }),
    clients: fc.array(arbitraryNetwork(0), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** Members, the replicas that commits wait for, and the senders and slots that members need. */
const topology = fc
  .record({
    members: fc.integer({ min: 2, max: 100 }),
    mode: fc.constantFrom("off", "on", "quorum"),
    extra: fc.nat(9),
  })
  .chain(({ members, mode, extra }) =>
    fc.integer({ min: 1, max: members - 1 }).map((count) => ({
      members,
      patroni: { synchronousMode: mode, synchronousNodeCount: count },
      parameters: {
        max_wal_senders: members + 2 + extra,
        max_replication_slots: String(members + 2 + extra),
      },
    })),
  );

const timing = fc
  .record({
    loopWaitSeconds: fc.integer({ min: 1, max: 100 }),
    retryTimeoutSeconds: fc.integer({ min: 3, max: 90 }),
  })
  .chain(({ loopWaitSeconds, retryTimeoutSeconds }) =>
    fc
      .integer({ min: Math.max(20, loopWaitSeconds + 2 * retryTimeoutSeconds), max: 299 })
      .map((ttlSeconds) => ({ patroni: { loopWaitSeconds, retryTimeoutSeconds, ttlSeconds } })),
  );

const memory = fc.integer({ min: 256, max: 65536 }).chain((memoryMb) =>
  fc.integer({ min: 1, max: Math.floor(memoryMb * 0.75) }).map((mb) => ({
    resources: { memoryMb },
    parameters: { shared_buffers: `${mb}MB` },
  })),
);

const patroniAlone = fc.record(
  { primaryStartTimeoutSeconds: fc.nat(1000), maxLagBytes: fc.nat(), pause: fc.boolean() },
  { requiredKeys: [] },
);

const timeouts = fc.record(
  {
    leaderSeconds: fc.integer({ min: 300, max: 3600 }),
    killSeconds: fc.integer({ min: 5, max: 600 }),
    lostAfterSeconds: fc.integer({ min: 10, max: 3600 }),
  },
  { requiredKeys: [] },
);

const alone = fc.record(
  {
    postgresVersion: fc.constant(17),
    placement,
    networks,
    timeouts,
    driver: fc.constantFrom("docker", "podman"),
    networkMode: fc.constantFrom("host", "bridge"),
  },
  { requiredKeys: [] },
);

const fieldName = fc.stringMatching(/^[\w.-]{1,20}$/);
const fieldKeys = ["superuser", "replication", "rewind"].flatMap((role) => [
  `${role}Username`,
  `${role}Password`,
]);
const fields = fc
  .uniqueArray(fieldName, { minLength: 6, maxLength: 6 })
  .map((names) => Object.fromEntries(fieldKeys.map((key, index) => [key, names[index]])));

/** An existing secret that only the cluster of this name has. */
function credentials(name: string) {
  const path = fc.constantFrom(`teams/${name}/db`, `/teams/${name}`);
  const existing = fc.record(
    { mount: fc.constantFrom("kv", "secret/"), path, fields },
    { requiredKeys: ["path"] },
  );
  return fc.record({ existing });
}

/** Databases, their owners, roles that are members of the owners, and a drop of what isn't declared. */
function declared(name: string) {
  const word = fc.stringMatching(/^[a-o][a-z0-9_-]{0,20}$/);
  return fc.record({ owner: word, reader: word, database: word, login: fc.boolean() }).map((names) => ({
    roles: {
      [`o-${names.owner}`]: {},
      [`r-${names.reader}`]: { login: names.login, memberOf: [`o-${names.owner}`, "pg_monitor"] },
    },
    databases: { [names.database]: { owner: `o-${names.owner}`, extensions: ["hstore", "uuid-ossp"] } },
    allow: [`drop database ${names.database}x of ${name}`, `drop role x of ${name}`],
  }));
}

interface Parts {
  readonly topology?: object;
  readonly timing?: object;
  readonly memory?: object;
  readonly parameters: object;
  readonly patroni: object;
  readonly storage: object;
  readonly alone: object;
  readonly credentials: object;
  readonly declared: object;
}

function part(of: object, key: string): object {
  const value: unknown = Object.entries(of).find(([name]) => name === key)?.[1];
  return typeof value === "object" && value !== null ? value : {};
}

/** Puts the groups that rules hold together into one map of settings. */
function settingsOf(parts: Parts): RawConfig {
  const { topology: members = {}, timing: times = {}, memory: mb = {} } = parts;
  const patroni = { ...part(members, "patroni"), ...part(times, "patroni"), ...parts.patroni };
  const parameters = { ...parts.parameters, ...part(members, "parameters"), ...part(mb, "parameters") };
  const all = {
    ...parts.alone,
    ...members,
    ...mb,
    ...parts.storage,
    ...parts.credentials,
    ...parts.declared,
  };
  return { ...all, patroni, parameters };
}

function clusterSettings(name: string | undefined): fc.Arbitrary<RawConfig> {
  const words = name === undefined ? ["keep"] : ["keep", `delete all data of ${name}`];
  const none = fc.constant({});
  return fc
    .record({
      topology: together(topology),
      timing: together(timing),
      memory: together(memory),
      parameters: arbitraryParameters,
      patroni: patroniAlone,
      storage: together(fc.record({ storage: storage(words) })),
      alone,
      credentials: name === undefined ? none : together(fc.record({ credentials: credentials(name) })),
      declared: name === undefined ? none : together(declared(name)),
    })
    .map(settingsOf);
}

const tenants = fc
  .uniqueArray(arbitraryName, { maxLength: 4 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, clusterSettings(name)]))));

const platform = fc.record(
  {
    production: fc.constant(false),
    networks: fc.record({ replication: fc.array(arbitraryNetwork(1), { minLength: 1, maxLength: 2 }) }),
    datacenters: fc.constantFrom(["dc1"], ["*"]),
    nodePool: fc.constantFrom("default", "db"),
    consul: fc.record(
      {
        agentAddress: fc.constantFrom(
          "127.0.0.1:8500",
          "${attr.unique.network.ip-address}:8500",
          "[::1]:8500",
        ),
        sessionTtlMinSeconds: fc.integer({ min: 1, max: 10 }),
        nodeFailureSeconds: fc.integer({ min: 191, max: 400 }),
        keyPrefix: fc.constantFrom("operations", "teams/db"),
        acl: fc.boolean(),
        taskAuthMethod: fc.constantFrom("nomad-workloads", "nomad-tasks"),
      },
      { requiredKeys: [] },
    ),
    vault: fc.record(
      { kvMount: fc.constantFrom("secret", "kv/v2/"), kvPath: fc.constantFrom("postgres", "db/generated") },
      { requiredKeys: [] },
    ),
    image: fc.record(
      { platforms: fc.constantFrom(["native"], ["linux/amd64", "linux/arm64"]) },
      { requiredKeys: [] },
    ),
    defaults: clusterSettings(undefined),
    cluster: clusterSettings("platform"),
  },
  { requiredKeys: ["networks"] },
);

/** Configs as an operator may write them, each of them right. */
export const arbitraryRawConfig: fc.Arbitrary<RawConfig> = fc.record(
  {
    imageRepository: fc.constantFrom(
      "registry.example.net/patroni",
      "127.0.0.1:5000/db/patroni",
      "acme/patroni",
    ),
    nomadAddress: fc.constantFrom("http://127.0.0.1:4646", "https://nomad.example.net/"),
    nomadNamespace: fc.constantFrom("default", "databases"),
    platform,
    tenants,
  },
  { requiredKeys: ["imageRepository", "platform"] },
);

/** What such configs mean. */
export const arbitraryStackConfig: fc.Arbitrary<StackConfig> = arbitraryRawConfig.map((raw) =>
  loadConfig(sourceOf(raw)),
);

/** Clusters as the rest of the program may meet them. */
export const arbitraryCluster: fc.Arbitrary<Cluster> = arbitraryStackConfig
  .filter(({ clusters }) => clusters.length > 0)
  .chain(({ clusters }) => fc.constantFrom(...clusters));
