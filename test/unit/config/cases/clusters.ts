import { acme, platform, size, type Case } from "./case";

/** Settings of a cluster. */
export const clusterCases: readonly Case[] = [
  acme("no members", { members: 0 }, ".members: found 0; allowed: a whole number from 1 to 100."),
  acme(
    "numbers in quotes",
    { members: "3", postgresVersion: "17" },
    '.members: found "3"; allowed: a whole number from 1 to 100. Write the number without quotes.',
    '.postgresVersion: found "17"; allowed: `17`. Write the number without quotes.',
  ),
  acme("a version that isn't built", { postgresVersion: 15 }, ".postgresVersion: found 15; allowed: `17`."),
  acme(
    "keys that are misspelt or in the wrong place",
    { memebers: 3, memory: 512, ttlSeconds: 30, patroni: { loop_wait_seconds: 2, members: 3 } },
    ".memebers: unknown key `memebers`; did you mean `members`?",
    ".memory: unknown key `memory`; did you mean `tenants.acme.resources.memoryMb`?",
    ".patroni.loop_wait_seconds: unknown key `loop_wait_seconds`; did you mean `loopWaitSeconds`?",
    ".patroni.members: unknown key `members`; did you mean `tenants.acme.members`?",
    ".ttlSeconds: unknown key `ttlSeconds`; did you mean `tenants.acme.patroni.ttlSeconds`?",
  ),
  acme(
    "a key that is nothing like any",
    { timeouts: { xyzzy: 1 } },
    ".timeouts.xyzzy: unknown key `xyzzy`; allowed: `leaderSeconds`, `killSeconds`, `lostAfterSeconds`.",
  ),
  acme(
    "something other than a map for a section",
    { resources: 5, patroni: [], storage: null },
    ".patroni: found []; allowed: a map of `ttlSeconds`, `loopWaitSeconds`, `retryTimeoutSeconds`, `primaryStartTimeoutSeconds`, `maxLagBytes`, `synchronousMode`, `synchronousNodeCount`, `synchronousModeStrict`, `maxLagOnSyncnodeBytes`, `primaryStopTimeoutSeconds`, `failsafeMode`, `memberSlotsTtlSeconds`, `maxTimelinesHistory`, `slots`, `ignoreSlots`, `standbyCluster`, `rebuildStuckAfterSeconds`, `pause`, `drift`.",
    ".resources: found 5; allowed: a map of `cpuMhz`, `memoryMb`.",
    ".storage: found an empty value; allowed: a map of `type`, `capacity`, `pluginId`, `constraints`, `whenRemoved`, `sizeMb`.",
  ),
  acme(
    "too few members for synchronous replication",
    { members: 2, patroni: { synchronousMode: "on", synchronousNodeCount: 2 } },
    ".patroni.synchronousMode: found synchronousMode on with synchronousNodeCount 2 and members 2; allowed: more members than synchronousNodeCount, because the leader is none of its own replicas. Set `members` to 3 or more, or `patroni.synchronousMode` to `off`.",
  ),
  acme(
    "commits that wait for nobody in synchronous mode",
    { parameters: { synchronous_commit: false }, patroni: { synchronousMode: "quorum" } },
    ".parameters.synchronous_commit: found `false` with synchronousMode quorum; allowed: `on`, `remote_write` or `remote_apply`. Otherwise commits wait for no replica.",
  ),
  acme(
    "timings below Patroni's floors",
    { patroni: { ttlSeconds: 16, loopWaitSeconds: 0, retryTimeoutSeconds: 2 } },
    ".patroni.loopWaitSeconds: found 0; allowed: a whole number of seconds from 1 to 3600.",
    ".patroni.retryTimeoutSeconds: found 2; allowed: a whole number of seconds from 3 to 3600 (Patroni raises less to 3).",
    ".patroni.ttlSeconds: found 16; allowed: a whole number of seconds from 20 to 86400 (Patroni raises less to 20).",
  ),
  acme(
    "slots that PostgreSQL wouldn't make",
    {
      patroni: {
        slots: {
          CDC: { type: "physical" },
          cdc: { type: "logical", database: "shop" },
          remote: { type: "physical", plugin: "pgoutput" },
          other: { type: "quick" },
        },
        ignoreSlots: [{}],
      },
    },
    ".patroni.ignoreSlots[0]: found {}; allowed: a map of at least one of `name`, `type`, `database` and `plugin`.",
    '.patroni.slots.CDC: found {"type":"physical"}; allowed: a map of slots by their names: small letters, digits and `_`, at most 63.',
    '.patroni.slots.cdc: found {"type":"logical","database":"shop"}; allowed: `database` and `plugin` as well, because the slot is logical.',
    '.patroni.slots.other.type: found "quick"; allowed: `physical` or `logical`.',
    '.patroni.slots.remote: found {"type":"physical","plugin":"pgoutput"}; allowed: no `database` and no `plugin`, because the slot is physical.',
  ),
  acme(
    "a logical slot without logical WAL",
    { patroni: { slots: { cdc: { type: "logical", database: "shop", plugin: "pgoutput" } } } },
    ".patroni.slots: found the logical slot `cdc` with wal_level replica; allowed: logical slots with `parameters.wal_level: logical`.",
  ),
  acme(
    "more permanent slots than there is room for",
    {
      members: 7,
      patroni: { slots: { a: { type: "physical" }, b: { type: "physical" } } },
      parameters: { max_wal_senders: 12 },
    },
    ".members: found max_replication_slots 10 with members 7 and 2 permanent slots; allowed: at least members + permanent slots + 2, which is 11. Set `parameters.max_replication_slots` to 11 or more.",
  ),
  acme(
    "what only synchronous mode heeds",
    { patroni: { synchronousModeStrict: true, maxLagOnSyncnodeBytes: 1, primaryStopTimeoutSeconds: 30 } },
    ".patroni.maxLagOnSyncnodeBytes: found `1` with synchronousMode off; allowed: it only with `patroni.synchronousMode` `on` or `quorum`.",
    ".patroni.primaryStopTimeoutSeconds: found `30` with synchronousMode off; allowed: it only with `patroni.synchronousMode` `on` or `quorum`.",
    ".patroni.synchronousModeStrict: found `true` with synchronousMode off; allowed: it only with `patroni.synchronousMode` `on` or `quorum`.",
  ),
  acme(
    "a standby cluster that is to take writes, with passwords of its own",
    {
      patroni: { standbyCluster: { host: "10.20.0.7", port: 5432 }, synchronousMode: "on" },
      roles: { shop: {} },
    },
    ".patroni.standbyCluster: found a standby cluster with generated credentials; allowed: `credentials.existing`, a secret with the credentials of the cluster that it follows.",
    ".patroni.standbyCluster: found a standby cluster with synchronousMode on, databases or roles; allowed: none of these, because nobody writes to a standby cluster.",
  ),
  acme(
    "half of a cluster to follow",
    { patroni: { standbyCluster: { host: "10.20.0.7 or so", restoreCommand: "a\nb" } } },
    '.patroni.standbyCluster.host: found "10.20.0.7 or so"; allowed: a host\'s name or address, or several with `,`.',
    ".patroni.standbyCluster.port: found nothing; allowed: a whole number from 1 to 65535.",
    '.patroni.standbyCluster.restoreCommand: found "a\\nb"; allowed: a shell command in one line.',
  ),
  acme(
    "a limit for stuck members that a restart or a busy leader would reach",
    { patroni: { rebuildStuckAfterSeconds: 59 } },
    ".patroni.rebuildStuckAfterSeconds: found 59; allowed: a whole number of seconds from 60 to 86400, or `never`.",
  ),
  acme(
    "another word than `never` for no limit",
    { patroni: { rebuildStuckAfterSeconds: "off" } },
    '.patroni.rebuildStuckAfterSeconds: found "off"; allowed: a whole number of seconds from 60 to 86400, or `never`.',
  ),
  acme(
    "a loop that doesn't fit the ttl",
    { patroni: { loopWaitSeconds: 11 } },
    ".patroni.loopWaitSeconds: found loopWaitSeconds 11 + 2 × retryTimeoutSeconds 5 = 21; allowed: a sum of at most ttlSeconds, which is 20. A leader that still retries would lose its lock; Patroni would shorten both.",
  ),
  acme(
    "a deadline that is shorter than the ttl",
    { timeouts: { leaderSeconds: 30 }, patroni: { ttlSeconds: 60 } },
    ".timeouts.leaderSeconds: found 30; allowed: more than `patroni.ttlSeconds`, which is 60. A leader that vanished is replaced only after that time.",
  ),
  acme(
    "too little memory",
    { resources: { memoryMb: 64, cpuMhz: 0.5 } },
    ".resources.cpuMhz: found 0.5; allowed: a whole number of MHz from 50 to 1000000.",
    ".resources.memoryMb: found 64; allowed: a whole number of megabytes from 256 to 16777216.",
  ),
  acme(
    "shared buffers beyond the memory",
    { parameters: { shared_buffers: "1GB" } },
    ".parameters.shared_buffers: found shared_buffers 1GB in 512 MB of memory; allowed: at most three quarters of `resources.memoryMb`, which is 384MB.",
  ),
  acme(
    "more members than senders and slots",
    { members: 9, parameters: { max_wal_senders: 20 } },
    ".members: found max_replication_slots 10 with members 9; allowed: at least members + 2, which is 11. Set `parameters.max_replication_slots` to 11 or more.",
  ),
  acme(
    "all connections reserved",
    { parameters: { max_connections: 25, reserved_connections: 22 } },
    ".parameters.reserved_connections: found superuser_reserved_connections 3 + reserved_connections 22; allowed: a sum of less than max_connections, which is 25. PostgreSQL wouldn't start.",
  ),
  acme(
    "a driver and a network mode that are not supported",
    { driver: "exec", networkMode: "none" },
    '.driver: found "exec"; allowed: `docker` or `podman`.',
    '.networkMode: found "none"; allowed: `host` or `bridge`.',
  ),
];

/** Storage of a cluster. */
export const storageCases: readonly Case[] = [
  acme(
    "a capacity without a unit",
    { storage: { capacity: 10 } },
    `.storage.capacity: found 10; allowed: ${size}; or a map of \`min\` and \`max\`, each of them such a size.`,
  ),
  acme(
    "too small a capacity",
    { storage: { capacity: "100MiB" } },
    `.storage.capacity: found "100MiB"; allowed: ${size}.`,
  ),
  acme(
    "a capacity whose minimum is beyond its maximum",
    { storage: { capacity: { min: "2GiB", max: "1GiB" } } },
    '.storage.capacity.min: found "2GiB"; allowed: at most `max`.',
  ),
  acme(
    "half a range",
    { storage: { capacity: { min: 5 } } },
    `.storage.capacity.max: found nothing; allowed: ${size}.`,
    `.storage.capacity.min: found 5; allowed: ${size}.`,
  ),
  acme(
    "settings of another type of storage",
    { storage: { type: "ephemeral", capacity: "1GiB", whenRemoved: "keep" } },
    ".storage.capacity: found a setting of `type: volume`; allowed: `sizeMb`. The storage here is `type: ephemeral`.",
    ".storage.whenRemoved: found a setting of `type: volume`; allowed: `sizeMb`. The storage here is `type: ephemeral`.",
  ),
  acme(
    "a size for volumes",
    { storage: { sizeMb: 500 } },
    ".storage.sizeMb: found a setting of `type: ephemeral`; allowed: `capacity`, `pluginId`, `constraints`, `whenRemoved`. The storage here is `type: volume`.",
  ),
  acme(
    "words that almost delete the data",
    { storage: { whenRemoved: "delete all data of Acme" } },
    '.storage.whenRemoved: found "delete all data of Acme"; allowed: `keep`, or exactly `delete all data of acme`.',
  ),
  platform(
    "words that delete everybody's data",
    { defaults: { storage: { whenRemoved: "delete all data of acme" } } },
    'defaults.storage.whenRemoved: found "delete all data of acme"; allowed: `keep`. That data may be deleted has to be said of each cluster by itself, with its name.',
  ),
];
