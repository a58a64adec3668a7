import assert from "node:assert/strict";
import type { Cluster, PatroniSettings, Platform, VolumeStorage } from "../../../../config/model";
import { effectLine, severities } from "../../../../patroni/impact/effect";
import { tenantFacts, type StackFacts } from "../../../../patroni/impact/facts";
import { stackEffects } from "../../../../patroni/impact/stackEffects";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../../../support/examples";

const imagePrefix = "registry.example.net/patroni:17-4.1.5-0123456789ab";

function facts(cluster: Cluster, image = imagePrefix, platform: Platform = examplePlatform): StackFacts {
  return { [cluster.name]: tenantFacts({ cluster, platform, imagePrefix: image }) };
}

/** What a change does, each effect as `severity | id | line`. */
function told(before: StackFacts, after: StackFacts): readonly string[] {
  return stackEffects(before, after).map((effect) =>
    [effect.severity, effect.id, effectLine(effect)].join(" | "),
  );
}

/** What it does to change a cluster. */
function change(from: Cluster, to: Partial<Cluster>): readonly string[] {
  return told(facts(from), facts({ ...from, ...to }));
}

function volumes(changes: Partial<VolumeStorage>): VolumeStorage {
  if (volumeCluster.storage.type !== "volume") throw new Error("the example has changed");
  return { ...volumeCluster.storage, ...changes };
}

function patroni(changes: Partial<PatroniSettings>): PatroniSettings {
  return { ...volumeCluster.patroni, ...changes };
}

const paused: Cluster = { ...volumeCluster, patroni: patroni({ pause: true }) };
const alone: Cluster = { ...volumeCluster, members: 1 };
const threeEphemeral: Cluster = { ...ephemeralCluster, members: 3 };
const group = { login: false, memberOf: [] };
const shop: Cluster = {
  ...volumeCluster,
  databases: { shop: { owner: "shop_owner", extensions: ["hstore"] } },
  roles: { crm_owner: group, shop_owner: group },
};
const replaced =
  "each member is replaced, one at a time in Nomad's order: 1 change of leader, or 2 if the leader is the first, each 0.3 s without writes";

/** Name of the case, what is there, what is wanted, and what must be said. */
const table: readonly (readonly [string, Cluster, Partial<Cluster>, readonly string[]])[] = [
  ["nothing", volumeCluster, {}, []],
  [
    "more connections",
    volumeCluster,
    { parameters: { max_connections: 300 } },
    [
      "failover | parameters.restart | acme: max_connections 200 → 300: rolling restart, replicas first, then a switchover: 3 restarts, less than 1 s without writes",
    ],
  ],
  [
    "fewer connections",
    volumeCluster,
    { parameters: { max_connections: 50 } },
    [
      "restart | parameters.restart | acme: max_connections 200 → 50: rolling restart, the leader first, in place: 3 restarts, a few seconds without writes while the leader restarts",
    ],
  ],
  [
    "fewer connections and more memory: replicas restart twice",
    volumeCluster,
    { parameters: { max_connections: 50, shared_buffers: "256MB" } },
    [
      "restart | parameters.restart | acme: max_connections 200 → 50, shared_buffers unset → 256MB: rolling restart, replicas, the leader in place, then replicas again: 5 restarts, a few seconds without writes while the leader restarts",
    ],
  ],
  [
    "a restart of the only member",
    alone,
    { parameters: { max_connections: 300 } },
    [
      "outage | parameters.restart | acme: max_connections 200 → 300: the only member restarts, a few seconds without reads and writes",
    ],
  ],
  [
    "a parameter of each context",
    volumeCluster,
    {
      parameters: {
        max_connections: 200,
        work_mem: "8MB",
        checkpoint_timeout: "10min",
        log_connections: true,
        "auto_explain.log_min_duration": 100,
      },
    },
    [
      "restart | parameters.extension | acme: auto_explain.log_min_duration unset → 100: reload; an ordered rolling restart if the extension asks for one, which members tell",
      "reload | parameters.reload | acme: work_mem unset → 8MB, checkpoint_timeout unset → 10min: reload on every member, no restart",
      "reload | parameters.reload | acme: log_connections unset → true: reload, for sessions that begin afterwards; no restart",
    ],
  ],
  [
    "the same values in other words",
    {
      ...volumeCluster,
      parameters: { shared_buffers: "1GB", max_connections: 200, wal_log_hints: "on", wal_level: "LOGICAL" },
    },
    {
      parameters: {
        shared_buffers: "1024MB",
        max_connections: "200",
        wal_log_hints: true,
        wal_level: "logical",
      },
    },
    [],
  ],
  [
    "Patroni's timings",
    volumeCluster,
    { patroni: patroni({ ttlSeconds: 30, loopWaitSeconds: 5 }) },
    [
      "reload | settings.patroni | acme: ttl 20 → 30, loop_wait 2 → 5: every member takes it up by itself, no restart",
    ],
  ],
  [
    "synchronous mode on",
    volumeCluster,
    { patroni: patroni({ synchronousMode: "on" }) },
    [
      "reload | settings.synchronous | acme: synchronous_mode false → true, synchronous_node_count unset → 1: commits wait for 1 replica from then on; no restart",
    ],
  ],
  [
    "synchronous mode off",
    { ...volumeCluster, patroni: patroni({ synchronousMode: "quorum", synchronousNodeCount: 2 }) },
    { patroni: patroni({}) },
    [
      "warning | settings.synchronous | acme: synchronous_mode quorum → false, synchronous_node_count 2 → unset: commits wait for no replica any more: the last ones can be lost in a failover; no restart",
    ],
  ],
  [
    "strict synchronous mode",
    { ...volumeCluster, patroni: patroni({ synchronousMode: "on" }) },
    { patroni: patroni({ synchronousMode: "on", synchronousModeStrict: true }) },
    [
      "warning | settings.synchronous | acme: synchronous_mode_strict unset → true: nobody can write while no replica is synchronous; no restart",
    ],
  ],
  [
    "permanent slots that come, change and go",
    {
      ...volumeCluster,
      patroni: patroni({
        slots: {
          gone: { type: "physical" },
          moved: { type: "logical", database: "shop", plugin: "pgoutput" },
          stays: { type: "physical" },
        },
      }),
    },
    {
      patroni: patroni({
        slots: {
          stays: { type: "physical" },
          moved: { type: "logical", database: "crm", plugin: "pgoutput" },
          archive: { type: "physical" },
          cdc: { type: "logical", database: "shop", plugin: "pgoutput" },
        },
      }),
    },
    [
      "restart | settings.slots | acme: permanent slot cdc added: made on the leader; each replica restarts once, by itself, to take a copy",
      "warning | settings.slots | acme: permanent slot gone removed: dropped on every member: who read from it can't go on where it was",
      "warning | settings.slots | acme: permanent slot moved changed: dropped and made anew: who read from it can't go on where it was",
      "reload | settings.slots | acme: permanent slot archive added: made while members run; WAL is kept until it is read, for as long as that takes",
    ],
  ],
  [
    "a standby that becomes a cluster of its own",
    { ...volumeCluster, patroni: patroni({ standbyCluster: { host: "10.20.0.7", port: 5432 } }) },
    { patroni: patroni({}) },
    [
      "failover | settings.standby | acme: no longer a standby of 10.20.0.7:5432: its leader is promoted and takes writes; the other cluster isn't told, and has to take none any more",
    ],
  ],
  [
    "a standby of another cluster's new place",
    { ...volumeCluster, patroni: patroni({ standbyCluster: { host: "10.20.0.7", port: 5432 } }) },
    { patroni: patroni({ standbyCluster: { host: "10.20.0.8", port: 5432 } }) },
    [
      "reload | settings.standby | acme: standby of 10.20.0.7:5432 → 10.20.0.8:5432: the leader streams by the new settings, no restart",
    ],
  ],
  [
    "a cluster that is to follow another",
    volumeCluster,
    { patroni: patroni({ standbyCluster: { host: "10.20.0.7", port: 5432 } }) },
    [
      "warning | settings.standby | acme: standby of 10.20.0.7:5432: refused for a cluster that has data of its own: nothing of it is written",
    ],
  ],
  [
    "a pause",
    volumeCluster,
    { patroni: patroni({ pause: true, loopWaitSeconds: 5 }) },
    [
      "warning | settings.pause | acme: pause false → true: nobody takes over when the leader fails, and a PostgreSQL that stops isn't started again; no restart now",
      "reload | settings.patroni | acme: loop_wait 2 → 5: every member takes it up by itself, no restart",
    ],
  ],
  [
    "the end of a pause, and a restart after it",
    paused,
    { patroni: patroni({}), parameters: { max_connections: 300 }, members: 2 },
    [
      "failover | members.removed | acme: members 3 → 2: 1 member leaves, its volume stays; Nomad takes the highest index, and the leader changes if that is it",
      "failover | parameters.restart | acme: max_connections 200 → 300: rolling restart, replicas first, then a switchover: 3 restarts, less than 1 s without writes",
      "reload | settings.pause | acme: pause true → false: Patroni acts again: it starts what doesn't run, and elects a leader where there is none; no restart",
    ],
  ],
  [
    "parameters while the cluster is paused",
    paused,
    { parameters: { max_connections: 300, work_mem: "8MB", "auto_explain.log_min_duration": 100 } },
    [
      "restart | parameters.extension | acme: auto_explain.log_min_duration unset → 100: reload; if the extension asks for a restart, pulumi up stops and says so, because the cluster is paused",
      "warning | parameters.restart | acme: max_connections 200 → 300: refused while the cluster is paused, because it takes a restart: nothing of it is written",
      "reload | parameters.reload | acme: work_mem unset → 8MB: reload on every member, no restart",
    ],
  ],
  [
    "another job together with a pause",
    volumeCluster,
    { patroni: patroni({ pause: true }), resources: { cpuMhz: 1000, memoryMb: 512 } },
    [
      "warning | job.replaced | acme: cpu 500 MHz → 1000 MHz: refused while patroni.pause is true: no member is stopped or replaced, and no job registered",
      "warning | settings.pause | acme: pause false → true: nobody takes over when the leader fails, and a PostgreSQL that stops isn't started again; no restart now",
    ],
  ],
  [
    "another job of the only member while it is paused",
    { ...paused, members: 1 },
    { resources: { cpuMhz: 1000, memoryMb: 512 } },
    [
      "warning | job.replaced | acme: cpu 500 MHz → 1000 MHz: refused while patroni.pause is true: no member is stopped or replaced, and no job registered",
    ],
  ],
  [
    "fewer members while the cluster is paused",
    paused,
    { members: 2 },
    [
      "warning | members.removed | acme: members 3 → 2: refused while patroni.pause is true: no member is stopped or replaced, and no job registered",
    ],
  ],
  [
    "more members while the cluster is paused",
    paused,
    { members: 5 },
    [
      "warning | members.added | acme: members 3 → 5: 2 members more, which copy no data while the cluster is paused: pulumi up stops and says so",
    ],
  ],
  [
    "another node pool with throw-away data while the cluster is paused",
    { ...threeEphemeral, patroni: { ...threeEphemeral.patroni, pause: true } },
    { placement: { ...ephemeralCluster.placement, nodePool: "fast" } },
    [
      "outage | placement.changed | beta: placement + node pool fast, - node pool databases: members whose nodes still fit stay; another moves, and copies no data while the cluster is paused: if it leads, nobody takes over, no writes until pause is false",
    ],
  ],
  [
    "who may connect",
    volumeCluster,
    { clientNetworks: ["10.20.0.0/16"] },
    [
      "reload | settings.access | acme: postgresql.pg_hba: 1 line removed: reload; open sessions stay, new ones are judged by the new rules",
    ],
  ],
  [
    "fewer members",
    volumeCluster,
    { members: 2 },
    [
      "failover | members.removed | acme: members 3 → 2: 1 member leaves, its volume stays; Nomad takes the highest index, and the leader changes if that is it",
    ],
  ],
  [
    "one member left",
    volumeCluster,
    { members: 1 },
    [
      "failover | members.removed | acme: members 3 → 1: 2 members leave, their volumes stay; Nomad takes the highest indices, and the leader changes if it is among them; no replica is left to fail over to",
    ],
  ],
  [
    "fewer members with throw-away data",
    threeEphemeral,
    { members: 2 },
    [
      "failover | members.removed | beta: members 3 → 2: 1 member leaves, its copy goes with it, the others have the data; Nomad takes the highest index, and the leader changes if that is it",
    ],
  ],
  [
    "more members",
    volumeCluster,
    { members: 5 },
    [
      "none | members.added | acme: members 3 → 5: 2 members more, copied from the leader, each on a volume of its own, kept ones first; nothing restarts",
    ],
  ],
  [
    "resources",
    volumeCluster,
    { resources: { cpuMhz: 1000, memoryMb: 1024 } },
    [`failover | job.replaced | acme: cpu 500 MHz → 1000 MHz, memory 512 MB → 1024 MB: ${replaced}`],
  ],
  [
    "resources of the only member",
    alone,
    { resources: { cpuMhz: 1000, memoryMb: 512 } },
    [
      "outage | job.replaced | acme: cpu 500 MHz → 1000 MHz: the only member is replaced: no reads and writes until it is back on its volume",
    ],
  ],
  [
    "resources of the only member with throw-away data",
    { ...ephemeralCluster, members: 1 },
    { resources: { cpuMhz: 1000, memoryMb: 512 }, members: 3 },
    [
      "data loss | job.replaced | beta: cpu 500 MHz → 1000 MHz: the only member is replaced, and all data is LOST with its allocation",
      "none | members.added | beta: members 1 → 3: 2 members more, copied from the leader; nothing restarts",
    ],
  ],
  [
    "disk of throw-away data",
    threeEphemeral,
    { storage: { type: "ephemeral", sizeMb: 4096 } },
    [
      "failover | job.replaced | beta: ephemeral disk 2048 MB → 4096 MB: each member is replaced, one at a time in Nomad's order, and copies all data anew: 1 to 3 changes of leader, each 0.3 s without writes",
    ],
  ],
  [
    "deadlines",
    volumeCluster,
    { timeouts: { ...volumeCluster.timeouts, killSeconds: 90, lostAfterSeconds: 60 } },
    [
      "none | job.inPlace | acme: time to stop changed, rules for a failed or lost member changed: in place, no member restarts",
    ],
  ],
  [
    "a constraint more",
    volumeCluster,
    { storage: volumes({ constraints: [{ attribute: "${meta.storage}", operator: "=", value: "nvme" }] }) },
    [
      "warning | placement.changed | acme: placement + ${meta.storage} = nvme, - ${meta.storage} = ssd: members whose nodes still fit stay; one whose node doesn't can't leave its volume: it goes on, and pulumi up stops and names it, unless npm run move has brought it elsewhere before",
    ],
  ],
  [
    "a constraint less",
    volumeCluster,
    { storage: volumes({ constraints: [] }) },
    ["none | placement.loosened | acme: placement - ${meta.storage} = ssd: more nodes fit; nobody moves"],
  ],
  [
    "another node pool with throw-away data",
    threeEphemeral,
    { placement: { ...ephemeralCluster.placement, nodePool: "fast" } },
    [
      "failover | placement.changed | beta: placement + node pool fast, - node pool databases: members whose nodes still fit stay; the others move one at a time and copy all data anew, with a change of leader if it is among them",
    ],
  ],
  [
    "data that may be deleted",
    volumeCluster,
    { storage: volumes({ whenRemoved: "delete" }) },
    [
      "warning | storage.whenRemoved | acme: whenRemoved keep → delete: nothing is deleted now; when the tenant goes, its volumes and credentials are DELETED",
    ],
  ],
  [
    "data that may no longer be deleted",
    { ...volumeCluster, storage: volumes({ whenRemoved: "delete" }) },
    { storage: volumes({}) },
    [
      "none | storage.whenRemoved | acme: whenRemoved delete → keep: its volumes and credentials stay when the tenant goes",
    ],
  ],
  [
    "more capacity from mkdir",
    volumeCluster,
    { storage: volumes({ capacityMaxBytes: 20 * 2 ** 30 }) },
    [
      "none | storage.capacity | acme: capacity 10GiB → 10GiB to 20GiB: mkdir sets no limit, so nothing happens",
    ],
  ],
  [
    "more capacity from another plugin",
    { ...volumeCluster, storage: volumes({ pluginId: "lvm" }) },
    { storage: volumes({ pluginId: "lvm", capacityMinBytes: 20 * 2 ** 30, capacityMaxBytes: 20 * 2 ** 30 }) },
    [
      "warning | storage.capacity | acme: capacity 10GiB → 20GiB: a volume that is smaller can't grow while a member uses it: pulumi up stops and names it before it changes anything",
    ],
  ],
  [
    "less capacity and another plugin",
    { ...volumeCluster, storage: volumes({ pluginId: "lvm" }) },
    { storage: volumes({ pluginId: "zfs", capacityMinBytes: 2 ** 30 }) },
    [
      "none | storage.capacity | acme: capacity 10GiB → 1GiB to 10GiB: volumes that exist keep their size",
      "none | storage.plugin | acme: volume plugin lvm → zfs: for volumes made from now on; those that exist stay as they are",
    ],
  ],
  [
    "databases and roles, made",
    volumeCluster,
    {
      databases: { shop: { owner: "shop_owner", extensions: ["hstore", "pg_trgm"] } },
      roles: { reporting: { login: true, memberOf: ["shop_owner"] }, shop_owner: group },
    },
    [
      "none | databases.created | acme: role reporting new: created, made a member of shop_owner; what is there already is taken up",
      "none | databases.created | acme: role shop_owner new: created; what is there already is taken up",
      "none | databases.created | acme: database shop new: created, extension hstore created, extension pg_trgm created; what is there already is taken up",
    ],
  ],
  [
    "databases and roles, altered",
    shop,
    {
      databases: { shop: { owner: "crm_owner", extensions: ["pg_trgm"] } },
      roles: { ...shop.roles, shop_owner: { login: true, memberOf: ["pg_monitor"] } },
    },
    [
      "reload | databases.changed | acme: role shop_owner changed: LOGIN given, made a member of pg_monitor",
      "reload | databases.changed | acme: database shop changed: given to crm_owner, extension pg_trgm created",
      "none | databases.kept | acme: extension hstore of database shop no longer declared: kept",
    ],
  ],
  [
    "databases and roles, no longer declared",
    shop,
    { databases: {}, roles: {} },
    [
      "none | databases.kept | acme: database shop no longer declared: kept with all its data",
      "none | databases.kept | acme: role crm_owner no longer declared: kept",
      "none | databases.kept | acme: role shop_owner no longer declared: kept",
    ],
  ],
  [
    "databases and roles, dropped",
    shop,
    {
      databases: {},
      roles: { crm_owner: group },
      drops: [
        { kind: "database", name: "shop" },
        { kind: "role", name: "shop_owner" },
      ],
    },
    [
      "data loss | databases.dropped | acme: database shop to be dropped: DELETED with all its data, unless somebody is connected to it",
      "warning | databases.dropped | acme: role shop_owner to be dropped: dropped, unless it owns something",
    ],
  ],
  [
    "words for a drop that was carried out",
    { ...volumeCluster, drops: [{ kind: "role", name: "shop_owner" }] },
    { drops: [] },
    [],
  ],
  [
    "another type of storage",
    volumeCluster,
    { storage: { type: "ephemeral", sizeMb: 1024 }, members: 5 },
    [
      "warning | storage.moved | acme: storage type volume → ephemeral: refused while there is data, which would have to move: nothing of this tenant changes",
    ],
  ],
  [
    "credentials of the operator's own",
    volumeCluster,
    { credentials: { ...volumeCluster.credentials, kind: "existing", path: "teams/acme" } },
    [
      "outage | credentials.source | acme: credentials generated secret/postgres/acme → existing secret/teams/acme: the database keeps its passwords: unless the other secret holds the same, members can't log in",
      `failover | job.replaced | acme: patroni.yml changed: ${replaced}`,
    ],
  ],
  [
    "new passwords",
    volumeCluster,
    { credentials: { ...volumeCluster.credentials, generation: 2 } },
    [
      "reload | credentials.generation | acme: credentials.generation 1 → 2: new passwords for superuser, replication and rewind: members load them while they run, nothing restarts; whoever logs in as one of the three reads the new ones from Vault",
    ],
  ],
  [
    "new passwords for what an operator wrote",
    { ...volumeCluster, credentials: { ...volumeCluster.credentials, kind: "existing" } },
    { credentials: { ...volumeCluster.credentials, kind: "existing", generation: 2 } },
    [
      "warning | credentials.generation | acme: credentials.generation 1 → 2: nothing: the passwords of an existing secret are its owner's to change",
    ],
  ],
  [
    "generated credentials elsewhere",
    volumeCluster,
    { credentials: { ...volumeCluster.credentials, mount: "kv" } },
    [
      `failover | job.replaced | acme: patroni.yml changed: ${replaced}`,
      "none | credentials.source | acme: credentials generated secret/postgres/acme → generated kv/postgres/acme: the values are copied, and the old secret stays",
    ],
  ],
];

describe("the effects of a change", () => {
  for (const [name, from, to, expected] of table) {
    it(`are told for ${name}`, () => {
      assert.deepEqual(change(from, to), expected);
    });
  }

  it("take a record from before there were declared databases for one without any", () => {
    const [now = assert.fail()] = Object.values(facts(volumeCluster));
    const { declared, ...older } = now;
    assert.deepEqual(declared, { databases: {}, roles: {}, drops: [] });
    assert.deepEqual(told({ acme: older }, facts(volumeCluster)), []);
    assert.equal(told({ acme: older }, facts(shop)).length, 3);
  });

  it("are told for another image, without the part that stays", () => {
    const after = facts(volumeCluster, "registry.example.net/patroni:17-4.2.0-ba9876543210");
    assert.deepEqual(told(facts(volumeCluster), after), [
      `failover | job.replaced | acme: image 17-4.1.5-0123456789ab → 17-4.2.0-ba9876543210: ${replaced}`,
    ]);
    const elsewhere = facts(volumeCluster, "mirror.example.net/patroni:17-4.1.5-0123456789ab");
    assert.match(
      told(facts(volumeCluster), elsewhere)[0] ?? "",
      /image registry\.example\.net\/patroni:\S+ → mirror/,
    );
  });

  it("are told for a tenant that is new, and for one that goes, by what becomes of its data", () => {
    const deleted = {
      ...volumeCluster,
      name: "delta",
      members: 2,
      storage: volumes({ whenRemoved: "delete" }),
    };
    const before = { ...facts(volumeCluster), ...facts(ephemeralCluster), ...facts(deleted) };
    assert.deepEqual(told(before, facts({ ...volumeCluster, name: "new" })), [
      "data loss | tenant.removed | beta: removed: 2 members stop, all data in the allocations is LOST",
      "data loss | tenant.removed | delta: removed: 2 members stop, volumes and credentials DELETED",
      "outage | tenant.removed | acme: removed: 3 members stop, volumes and credentials kept",
      "none | tenant.created | new: new: 3 members, 3 volumes of 10GiB, or those that an earlier removal kept",
    ]);
  });

  it("are told for a tenant that can't begin with a pause", () => {
    assert.deepEqual(told({}, facts(paused)), [
      "warning | tenant.created | acme: new: refused while patroni.pause is true: a paused cluster doesn't come up",
    ]);
  });

  it("come worst first over all tenants, and leave out those that nothing touches", () => {
    const other = { ...volumeCluster, name: "other" };
    const still = { ...volumeCluster, name: "still" };
    const before = { ...facts(volumeCluster), ...facts(other), ...facts(still) };
    const after = {
      ...facts({ ...volumeCluster, parameters: { max_connections: 200, work_mem: "8MB" }, members: 2 }),
      ...facts({ ...other, parameters: { max_connections: 300 } }),
      ...facts(still),
    };
    const effects = stackEffects(before, after);
    assert.deepEqual(
      effects.map(({ tenant, severity }) => `${tenant} ${severity}`),
      ["acme failover", "other failover", "acme reload"],
    );
    const ranks = effects.map(({ severity }) => severities.indexOf(severity));
    assert.deepEqual(
      ranks,
      [...ranks].sort((one, two) => one - two),
    );
  });

  it("survive the way through Pulumi's state, where keys have no order", () => {
    const sorted = (value: unknown): unknown => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
    };
    assert.deepEqual(told(sorted(facts(volumeCluster)) as StackFacts, facts(volumeCluster)), []);
  });

  it("are told for a tenant that is called like something that every object has", () => {
    assert.equal(told({}, facts({ ...volumeCluster, name: "constructor" })).length, 1);
  });
});
