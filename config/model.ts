/**
 * The stack's configuration as the rest of the program sees it: validated, defaults applied, nothing optional
 * that could be resolved. `config/schema.ts` says what an operator may write; this says what it means.
 */

/** A constraint in Nomad's own terms. https://developer.hashicorp.com/nomad/docs/job-specification/constraint */
export interface Constraint {
  /** Left side, for example `${attr.unique.storage.volume}` or `${meta.storage}`. */
  readonly attribute: string;
  /** Nomad's operator: `=`, `!=`, `>`, `regexp`, `set_contains`, `version`, `is_set`, … */
  readonly operator: string;
  /** Right side; empty for `is_set` and `is_not_set`. */
  readonly value: string;
}

/** A preference to spread members over the values of an attribute (`spread` in Nomad's jobspec). */
export interface Spread {
  readonly attribute: string;
  /** 1..100. */
  readonly weight: number;
}

/** Where members may run. Members of one cluster are always on distinct nodes. */
export interface Placement {
  readonly datacenters: readonly string[];
  /** Nomad node pool of the job and of its volumes. */
  readonly nodePool: string;
  readonly constraints: readonly Constraint[];
  readonly spread: readonly Spread[];
}

/** Data on dynamic host volumes of the cluster's own, one per member: it outlives allocations. */
export interface VolumeStorage {
  readonly type: "volume";
  /** Name shared by the cluster's volumes; Nomad never places two of one name on one node. */
  readonly volumeName: string;
  /** Smallest capacity that is acceptable, in bytes. */
  readonly capacityMinBytes: number;
  /** Largest capacity to ask for, in bytes. */
  readonly capacityMaxBytes: number;
  /** Nomad's dynamic host volume plugin, `mkdir` unless configured. */
  readonly pluginId: string;
  /** Beyond `placement.constraints`: which nodes have the disk. */
  readonly constraints: readonly Constraint[];
  /** What becomes of the data when the cluster leaves the config or the stack is destroyed. */
  readonly whenRemoved: "keep" | "delete";
}

/** Data in the allocation's own directory, gone with it; everything is replicated. */
export interface EphemeralStorage {
  readonly type: "ephemeral";
  /** `ephemeral_disk.size` in MB. */
  readonly sizeMb: number;
}

export type Storage = VolumeStorage | EphemeralStorage;

/** `parameters` of PostgreSQL as written to Patroni's dynamic configuration. */
export type PostgresParameters = Readonly<Record<string, string | number | boolean>>;

/** Patroni's dynamic settings. https://patroni.readthedocs.io/en/latest/dynamic_configuration.html */
export interface PatroniSettings {
  /** Leader lock's time to live; Consul's session gets half of it. */
  readonly ttlSeconds: number;
  readonly loopWaitSeconds: number;
  readonly retryTimeoutSeconds: number;
  /** `primary_start_timeout`: how long a crashed leader may take to start before a failover. */
  readonly primaryStartTimeoutSeconds: number;
  /** `maximum_lag_on_failover`, and the lag within which `/readiness` calls a replica ready. */
  readonly maxLagBytes: number;
  readonly synchronousMode: "off" | "on" | "quorum";
  /** `synchronous_node_count`; 1 unless configured. */
  readonly synchronousNodeCount: number;
  /** `synchronous_mode_strict`. Where it and what follows is absent, Patroni's own default holds. */
  readonly synchronousModeStrict?: boolean;
  /** `maximum_lag_on_syncnode` */
  readonly maxLagOnSyncnodeBytes?: number;
  /** `primary_stop_timeout` */
  readonly primaryStopTimeoutSeconds?: number;
  /** `failsafe_mode` */
  readonly failsafeMode?: boolean;
  /** `member_slots_ttl` */
  readonly memberSlotsTtlSeconds?: number;
  /** `max_timelines_history` */
  readonly maxTimelinesHistory?: number;
  /** `slots`: those that Patroni makes and keeps, by name. */
  readonly slots?: Readonly<Record<string, PermanentSlot>>;
  /** `ignore_slots`: slots with all of the properties of one of these are left alone. */
  readonly ignoreSlots?: readonly Readonly<Record<string, string>>[];
  /** `standby_cluster`: the cluster that this one follows. */
  readonly standbyCluster?: StandbyCluster;
  /** How long a member may be stuck before it copies the leader's data anew by itself (`image/rebuild.py`). */
  readonly rebuildStuckAfterSeconds: number | "never";
  /** `pause`: no automatic failover, and no PostgreSQL is started, until it is false again. */
  readonly pause: boolean;
  /**
   * What becomes of settings that somebody changed by other means (`patronictl edit-config`, Consul, `ALTER SYSTEM`):
   * all are taken back, or those are kept that the config doesn't set.
   */
  readonly drift: "correct" | "adopt";
}

/** A replication slot that Patroni keeps. */
export interface PermanentSlot {
  readonly type: "physical" | "logical";
  /** Of a logical slot alone, and then both. */
  readonly database?: string;
  readonly plugin?: string;
}

/** Another cluster, to follow. */
export interface StandbyCluster {
  readonly host: string;
  readonly port: number;
  readonly primarySlotName?: string;
  readonly restoreCommand?: string;
  readonly archiveCleanupCommand?: string;
}

/** Where a member's patroni.yml finds its six credentials in a KV v2 secret. */
export interface CredentialFields {
  readonly superuserUsername: string;
  readonly superuserPassword: string;
  readonly replicationUsername: string;
  readonly replicationPassword: string;
  readonly rewindUsername: string;
  readonly rewindPassword: string;
}

/** Which KV v2 secret holds the credentials, and who wrote it. */
export interface CredentialSource {
  /** `generated`: this program makes and writes them. `existing`: an operator did; they are only read. */
  readonly kind: "generated" | "existing";
  /** Mount of the KV v2 engine, without slashes at its ends. */
  readonly mount: string;
  /** Path inside the mount, without `data/`. */
  readonly path: string;
  /** Names of the secret's fields. */
  readonly fields: CredentialFields;
  /** Another number than before means new passwords for what is generated. */
  readonly generation: number;
  /** Age at which `pulumi up` makes new passwords by itself; undefined: never. */
  readonly maxAgeDays: number | undefined;
}

/** A database that a cluster has. */
export interface DeclaredDatabase {
  /** Role that owns it, one of the cluster's declared ones; empty only in a config that is refused. */
  readonly owner: string;
  /** Extensions that it has, in the order in which they are created. */
  readonly extensions: readonly string[];
}

/** A role that a cluster has. */
export interface DeclaredRole {
  /** LOGIN; it has no password unless somebody gives it one. */
  readonly login: boolean;
  /** Roles that it is a direct member of, sorted. */
  readonly memberOf: readonly string[];
}

/** A database or role that the config says may be dropped. */
export interface AllowedDrop {
  readonly kind: "database" | "role";
  readonly name: string;
}

/** What a one-time role may do in its database: see docs/database-access.md. */
export const accessKinds = ["readonly", "readwrite", "owner"] as const;
export type AccessKind = (typeof accessKinds)[number];

/** A login that Vault's database engine makes when it is asked for one, and drops when its time is over. */
export interface OneTimeRole {
  readonly type: "oneTime";
  /** Unique in its cluster. */
  readonly name: string;
  readonly database: string;
  /** `custom`: made by the tenant's own statements. */
  readonly kind: AccessKind | "custom";
  readonly ttlSeconds: number;
  /** How long a login may live with every renewal. */
  readonly maxTtlSeconds: number;
  /** Statements of a custom role, with Vault's `{{name}}`, `{{password}}` and `{{expiration}}`; empty for kinds. */
  readonly create: readonly string[];
  /** Statements that remove it again; empty: those that remove a kind's. */
  readonly revoke: readonly string[];
}

/** A role that is there already and whose password Vault changes by itself. */
export interface StaticRole {
  readonly type: "static";
  readonly name: string;
  readonly database: string;
  /** PostgreSQL's name of it. */
  readonly username: string;
  readonly rotateEverySeconds: number;
}

/** A role by which apps and people get into a cluster's database through Vault. */
export type AccessRole = OneTimeRole | StaticRole;

/** Deadlines, in seconds. */
export interface Timeouts {
  /** Until `PatroniLeader` gives up. */
  readonly leaderSeconds: number;
  /** Between the stop signal and SIGKILL: time for a shutdown checkpoint. Capped by the client's `max_kill_timeout`. */
  readonly killSeconds: number;
  /** How long a node may be out of touch before its member counts as lost (`disconnect.lost_after`). */
  readonly lostAfterSeconds: number;
}

/** One PostgreSQL cluster: the platform's own, or a tenant's. */
export interface Cluster {
  /** Tenant, Patroni scope, and the tail of job, service, policy and secret names. `[a-z][a-z0-9-]*`, at most 32. */
  readonly name: string;
  /** Where it stands in the config, for messages: `platform.cluster` or `tenants.acme`. */
  readonly configPath: string;
  /** Number of members, leader included; Nomad's `count`. */
  readonly members: number;
  /** PostgreSQL's major version. */
  readonly postgresVersion: PostgresVersion;
  readonly parameters: PostgresParameters;
  readonly resources: { readonly cpuMhz: number; readonly memoryMb: number };
  readonly storage: Storage;
  /** CIDRs from which members may replicate and rewind. */
  readonly replicationNetworks: readonly string[];
  /** CIDRs from which clients may log in. */
  readonly clientNetworks: readonly string[];
  readonly placement: Placement;
  readonly driver: "docker" | "podman";
  /** `host`: listens on the node's ports. `bridge`: on fixed ports in the container, advertised as the node's. */
  readonly networkMode: "host" | "bridge";
  /**
   * `host:port` at which a member reaches its node's Consul agent; may hold Nomad interpolations such as
   * `${attr.unique.network.ip-address}`. Of the cluster, because its default depends on the network mode.
   */
  readonly consulAgentAddress: string;
  readonly patroni: PatroniSettings;
  readonly credentials: CredentialSource;
  /** By name, in the order of the names. */
  readonly databases: Readonly<Record<string, DeclaredDatabase>>;
  readonly roles: Readonly<Record<string, DeclaredRole>>;
  readonly drops: readonly AllowedDrop[];
  /** Port of PostgreSQL on every node, the cluster's own; undefined: one that Nomad picks for each allocation. */
  readonly postgresPort: number | undefined;
  /** Roles of Vault's database engine, by name. */
  readonly access: readonly AccessRole[];
  readonly timeouts: Timeouts;
}

/** Major versions for which an image can be built. */
export const postgresVersions = [17] as const;
export type PostgresVersion = (typeof postgresVersions)[number];

/** Docker's name of a platform that the image is built for. */
export const imagePlatforms = ["linux/amd64", "linux/arm64"] as const;
export type ImagePlatform = (typeof imagePlatforms)[number];

/** How the Patroni image is built and where it goes. */
export interface ImageConfig {
  /** Registry and repository that Nomad's nodes pull from, for example `registry.example.net/patroni`. */
  readonly repository: string;
  /** Base image by PostgreSQL major version. It must have PostgreSQL's programs; python3 is installed if absent. */
  readonly baseImages: Readonly<Record<PostgresVersion, string>>;
  readonly platforms: readonly ImagePlatform[];
  /** File with PEM certificates that the build must trust besides the base image's own, or undefined. */
  readonly extraCaFile: string | undefined;
}

/** How Nomad's workloads log in to a Consul that has ACLs. */
export interface ConsulLogin {
  /** Auth method of type jwt at which a task logs in by its identity. */
  readonly taskAuthMethod: string;
  /** The one at which Nomad logs in for services. */
  readonly serviceAuthMethod: string;
  /** Audience of the identities. */
  readonly audience: string;
}

/** The platform that the clusters run on. Addresses as this program reaches them, unless said otherwise. */
export interface Platform {
  /** Whether others depend on the stack: some guard rails hold for such stacks only. */
  readonly production: boolean;
  readonly nomad: { readonly address: string; readonly region: string; readonly namespace: string };
  readonly consul: {
    readonly address: string;
    /** The agents' `session_ttl_min`; Consul's default is 10. */
    readonly sessionTtlMinSeconds: number;
    /**
     * Shortest time after which Consul calls an agent failed that it can't reach. Where it is given, the leader
     * lock goes with the node's agent (a session with the check `serfHealth`) and not only with its time to
     * live. Undefined: only with its time to live.
     */
    readonly nodeFailureSeconds: number | undefined;
    /** Patroni's `namespace`: the first part of every key. */
    readonly keyPrefix: string;
    /** How Nomad's workloads log in; undefined where Consul's ACLs are off, and asks nobody who he is. */
    readonly acl: ConsulLogin | undefined;
  };
  readonly vault: {
    readonly address: string;
    /** Mount path of the JWT auth method that trusts Nomad's workload identities. */
    readonly jwtAuthPath: string;
    /** Audience of the workload identity. */
    readonly audience: string;
    /** Mount of the database engine, without slashes at its ends. */
    readonly databaseMount: string;
  };
  readonly image: ImageConfig;
}

/** Everything a stack asks for. */
export interface StackConfig {
  readonly platform: Platform;
  /** The platform's own cluster first (if it has one), then the tenants by name. */
  readonly clusters: readonly Cluster[];
}
