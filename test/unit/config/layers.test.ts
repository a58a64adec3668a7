import assert from "node:assert/strict";
import type { Cluster } from "../../../config/model";
import { loadRaw, problemLines, sourceOf, stackWith } from "./sources";
import { loadConfig } from "../../../config/load";

function only(clusters: readonly Cluster[]): Cluster {
  const [cluster, ...others] = clusters;
  assert(cluster !== undefined && others.length === 0);
  return cluster;
}

/** The tenant `acme` with these settings, on a platform with these. */
function acme(settings: unknown, platform: Readonly<Record<string, unknown>> = {}): Cluster {
  return only(loadRaw(stackWith({ acme: settings }, platform)).clusters);
}

describe("a cluster of which nothing is said", () => {
  it("has the defaults", () => {
    assert.deepEqual(acme({}), {
      name: "acme",
      configPath: "tenants.acme",
      members: 3,
      postgresVersion: 17,
      parameters: {},
      resources: { cpuMhz: 500, memoryMb: 512 },
      storage: {
        type: "volume",
        volumeName: "postgres-acme",
        capacityMinBytes: 10 * 2 ** 30,
        capacityMaxBytes: 10 * 2 ** 30,
        pluginId: "mkdir",
        constraints: [],
        whenRemoved: "keep",
      },
      replicationNetworks: ["10.0.0.0/8"],
      clientNetworks: ["10.0.0.0/8"],
      placement: { datacenters: ["*"], nodePool: "default", constraints: [], spread: [] },
      driver: "docker",
      networkMode: "host",
      consulAgentAddress: "127.0.0.1:8500",
      patroni: {
        ttlSeconds: 20,
        loopWaitSeconds: 2,
        retryTimeoutSeconds: 5,
        primaryStartTimeoutSeconds: 15,
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
      timeouts: { leaderSeconds: 300, killSeconds: 60, lostAfterSeconds: 300 },
    } satisfies Cluster);
  });

  it("is the platform's own when the platform asks for one", () => {
    const { clusters } = loadRaw(stackWith({ zeta: {}, acme: {} }, { cluster: {} }));
    assert.deepEqual(
      clusters.map(({ name, configPath }) => [name, configPath]),
      [
        ["platform", "platform.cluster"],
        ["acme", "tenants.acme"],
        ["zeta", "tenants.zeta"],
      ],
    );
  });
});

describe("a stack without clusters", () => {
  it("is a stack", () => {
    assert.deepEqual(loadRaw({ imageRepository: "a/b" }).clusters, []);
  });
});

describe("a cluster's settings", () => {
  it("go before the defaults, key by key, and lists as a whole", () => {
    const defaults = {
      members: 5,
      resources: { cpuMhz: 1000, memoryMb: 2048 },
      parameters: { work_mem: "8MB", max_connections: 200 },
      placement: { datacenters: ["dc1", "dc2"], constraints: [{ attribute: "${meta.disk}", value: "ssd" }] },
      patroni: { ttlSeconds: 40, loopWaitSeconds: 10 },
    };
    const { members, resources, parameters, placement, patroni } = acme(
      {
        resources: { memoryMb: 4096 },
        parameters: { max_connections: 50 },
        placement: { datacenters: ["dc3"], constraints: [] },
        patroni: { ttlSeconds: 60 },
      },
      { defaults },
    );
    assert.equal(members, 5);
    assert.deepEqual(resources, { cpuMhz: 1000, memoryMb: 4096 });
    assert.deepEqual(parameters, { work_mem: "8MB", max_connections: 50 });
    assert.deepEqual(placement, { datacenters: ["dc3"], nodePool: "default", constraints: [], spread: [] });
    assert.deepEqual([patroni.ttlSeconds, patroni.loopWaitSeconds], [60, 10]);
  });

  it("go before the platform's, and so do the defaults", () => {
    const platform = {
      datacenters: ["dc1"],
      nodePool: "databases",
      networks: { replication: ["10.0.0.0/8"], clients: ["10.1.0.0/16"] },
      defaults: { placement: { nodePool: "ssd" }, networks: { clients: ["10.2.0.0/16"] } },
    };
    const byDefault = acme({}, platform);
    assert.deepEqual(byDefault.placement.datacenters, ["dc1"]);
    assert.equal(byDefault.placement.nodePool, "ssd");
    assert.deepEqual(byDefault.clientNetworks, ["10.2.0.0/16"]);
    const own = acme({ networks: { replication: ["fd00::/8"], clients: ["0.0.0.0/0"] } }, platform);
    assert.deepEqual([own.replicationNetworks, own.clientNetworks], [["fd00::/8"], ["0.0.0.0/0"]]);
  });

  it("take nothing from storage of another type", () => {
    const defaults = { storage: { capacity: { min: "1GiB", max: "2TiB" }, pluginId: "lvm" } };
    assert.deepEqual(acme({ storage: { type: "ephemeral" } }, { defaults }).storage, {
      type: "ephemeral",
      sizeMb: 1024,
    });
    assert.deepEqual(acme({ storage: { capacity: "3GB" } }, { defaults }).storage, {
      type: "volume",
      volumeName: "postgres-acme",
      capacityMinBytes: 3e9,
      capacityMaxBytes: 3e9,
      pluginId: "lvm",
      constraints: [],
      whenRemoved: "keep",
    });
    const ephemeral = { storage: { type: "ephemeral", sizeMb: 300 } };
    assert.equal(acme({ storage: { type: "volume" } }, { defaults: ephemeral }).storage.type, "volume");
  });

  it("delete the data in exact words only", () => {
    const { storage } = acme({ storage: { whenRemoved: "delete all data of acme" } });
    assert(storage.type === "volume");
    assert.equal(storage.whenRemoved, "delete");
  });

  it("find an existing secret with what the defaults say of secrets, and none if they say so", () => {
    const defaults = { credentials: { existing: { mount: "/kv/", fields: { superuserUsername: "admin" } } } };
    const tenants = {
      acme: { credentials: { existing: { path: "/teams/acme/" } } },
      beta: { credentials: {} },
    };
    const [first, second] = loadRaw(stackWith(tenants, { defaults })).clusters;
    assert.equal(first?.credentials.kind, "existing");
    assert.deepEqual([first.credentials.mount, first.credentials.path], ["kv", "teams/acme"]);
    assert.equal(first.credentials.fields.superuserUsername, "admin");
    assert.equal(first.credentials.fields.rewindPassword, "rewind_password");
    assert.deepEqual([second?.credentials.kind, second?.credentials.path], ["generated", "postgres/beta"]);
  });

  it("take the generation and age of passwords from the defaults, setting by setting", () => {
    const defaults = { credentials: { generation: 2, maxAgeDays: 90 } };
    const rotation = (credentials: object) => {
      const { generation, maxAgeDays } = acme({ credentials }, { defaults }).credentials;
      return [generation, maxAgeDays];
    };
    assert.deepEqual(rotation({}), [2, 90]);
    assert.deepEqual(rotation({ generation: 3 }), [3, 90]);
    const { generation, maxAgeDays } = acme({}).credentials;
    assert.deepEqual([generation, maxAgeDays], [1, undefined]);
  });

  it("take constraints as Nomad writes them", () => {
    const constraints = [
      { attribute: "${attr.cpu.arch}", value: "amd64" },
      { attribute: "${meta.fast}", operator: "=", value: true },
      { attribute: "${meta.storage}", operator: "is_set" },
    ];
    assert.deepEqual(
      acme({ placement: { constraints, spread: [{ attribute: "${meta.rack}" }] } }).placement,
      {
        datacenters: ["*"],
        nodePool: "default",
        constraints: [
          { attribute: "${attr.cpu.arch}", operator: "=", value: "amd64" },
          { attribute: "${meta.fast}", operator: "=", value: "true" },
          { attribute: "${meta.storage}", operator: "is_set", value: "" },
        ],
        spread: [{ attribute: "${meta.rack}", weight: 50 }],
      },
    );
  });

  it("allow two members: the quorum is Consul's, not theirs", () => {
    assert.deepEqual(
      problemLines(stackWith({ acme: { members: 2, patroni: { synchronousMode: "on" } } })),
      [],
    );
  });
});

describe("the Consul agent that a member talks to", () => {
  it("is at the node's loopback address, and at the node's own where the container has a network of its own", () => {
    assert.equal(acme({}).consulAgentAddress, "127.0.0.1:8500");
    assert.equal(
      acme({ networkMode: "bridge" }).consulAgentAddress,
      "${attr.unique.network.ip-address}:8500",
    );
  });

  it("is where the platform says", () => {
    const platform = { consul: { agentAddress: "consul.service.consul:8501" } };
    assert.equal(acme({ networkMode: "bridge" }, platform).consulAgentAddress, "consul.service.consul:8501");
  });
});

describe("the platform", () => {
  it("has no logins where its Consul has no ACLs", () => {
    const platform = { consul: { acl: false, taskAuthMethod: "nomad-tasks" } };
    assert.equal(
      loadRaw({ imageRepository: "registry.example.net/patroni", platform }).platform.consul.acl,
      undefined,
    );
  });

  it("has the defaults where nothing is said of it", () => {
    assert.deepEqual(loadRaw({ imageRepository: "registry.example.net/patroni" }).platform, {
      production: false,
      nomad: { address: "http://127.0.0.1:4646", region: "global", namespace: "default" },
      consul: {
        address: "http://127.0.0.1:8500",
        sessionTtlMinSeconds: 10,
        nodeFailureSeconds: undefined,
        keyPrefix: "operations",
        acl: {
          taskAuthMethod: "nomad-workloads",
          serviceAuthMethod: "nomad-workloads",
          audience: "consul.io",
        },
      },
      vault: {
        address: "http://127.0.0.1:8200",
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
    });
  });

  it("has addresses and mounts without slashes at their ends", () => {
    const { platform, clusters } = loadRaw({
      ...stackWith({ acme: {} }, { vault: { jwtAuthPath: "/jwt/nomad/", kvMount: "kv/", kvPath: "/db/" } }),
      nomadAddress: "https://nomad.example.net:4646/",
    });
    assert.equal(platform.nomad.address, "https://nomad.example.net:4646");
    assert.equal(platform.vault.jwtAuthPath, "jwt/nomad");
    assert.deepEqual([only(clusters).credentials.mount, only(clusters).credentials.path], ["kv", "db/acme"]);
  });

  it("builds the image for each platform once, `native` being that of the machine", () => {
    const raw = stackWith({}, { image: { platforms: ["linux/arm64", "native"] } });
    const { machine } = sourceOf(raw);
    const platformsOn = (architecture: string) =>
      loadConfig(sourceOf(raw, { machine: { ...machine, architecture } })).platform.image.platforms;
    assert.deepEqual(platformsOn("x64"), ["linux/amd64", "linux/arm64"]);
    assert.deepEqual(platformsOn("arm64"), ["linux/arm64"]);
  });
});

describe("a thousand tenants", () => {
  it("are the size of stack that this is for", () => {
    const settings = { members: 3, parameters: { work_mem: "8MB" }, resources: { memoryMb: 1024 } };
    const tenants = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, settings]));
    assert.equal(loadRaw(stackWith(tenants)).clusters.length, 1000);
  });
});
