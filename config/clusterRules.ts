import { guardRailsOfClusters } from "./guardRails/guardRails";
import type { Cluster } from "./model";
import { patroniRules } from "./patroniRules";
import { parameterType } from "./postgresParameters/check";
import { readBoolean, readBytes, readNumber } from "./postgresParameters/parameterValue";
import type { Rule } from "./rule";
import { storageKeysOf } from "./schema/storage";

/** A wait that is shorter than the lock's time to live can't outlast a single change of leader. */
const leaderDeadlineFitsTtl: Rule = {
  settings: ["timeouts.leaderSeconds", "patroni.ttlSeconds"],
  violation({ timeouts: { leaderSeconds }, patroni: { ttlSeconds } }) {
    if (leaderSeconds > ttlSeconds) return undefined;
    return {
      found: `${leaderSeconds}`,
      allowed: `more than \`patroni.ttlSeconds\`, which is ${ttlSeconds}`,
      next: "A leader that vanished is replaced only after that time.",
    };
  },
};

/** `local` and `off` don't wait for any replica, whatever Patroni asks for. */
const commitsWaitInSynchronousMode: Rule = {
  settings: ["parameters.synchronous_commit", "patroni.synchronousMode"],
  violation({ patroni: { synchronousMode }, parameters }) {
    const value = parameters["synchronous_commit"];
    if (synchronousMode === "off" || value === undefined) return undefined;
    if (value !== "local" && readBoolean(value) !== false) return undefined;
    return {
      found: `\`${value}\` with synchronousMode ${synchronousMode}`,
      allowed: "`on`, `remote_write` or `remote_apply`",
      next: "Otherwise commits wait for no replica.",
    };
  },
};

const defaultSharedBuffers = "128MB";

/** PostgreSQL doesn't start, or is killed later, if shared memory takes all that the task has. */
const sharedBuffersFitMemory: Rule = {
  settings: ["parameters.shared_buffers", "resources.memoryMb"],
  violation({ parameters, resources: { memoryMb } }) {
    const value = parameters["shared_buffers"] ?? defaultSharedBuffers;
    const bytes = readBytes(value, "8kB");
    const mostMb = Math.floor(memoryMb * 0.75);
    if (bytes === undefined || bytes <= mostMb * 2 ** 20) return undefined;
    return {
      found: `shared_buffers ${value} in ${memoryMb} MB of memory`,
      allowed: `at most three quarters of \`resources.memoryMb\`, which is ${mostMb}MB`,
    };
  },
};

/** Patroni's defaults where `parameters` doesn't say (`ConfigHandler.CMDLINE_OPTIONS`). */
const patroniDefaults = { max_wal_senders: 10, max_replication_slots: 10, max_connections: 100 } as const;
/** PostgreSQL's. */
const postgresDefaults = { superuser_reserved_connections: 3, reserved_connections: 0 } as const;
const numericDefaults = { ...patroniDefaults, ...postgresDefaults };

function parameterNumber(cluster: Cluster, name: keyof typeof numericDefaults): number | undefined {
  const value = cluster.parameters[name];
  if (value === undefined) return numericDefaults[name];
  const type = parameterType(name, cluster.postgresVersion);
  return type?.kind === "integer" ? readNumber(value, type.unit) : undefined;
}

/**
 * Every replica takes one sender and one slot, and a replica that is being cloned two senders; a member that was
 * replaced keeps its slot for a while (`member_slots_ttl`).
 */
function enoughForMembers(name: "max_wal_senders" | "max_replication_slots"): Rule {
  return {
    settings: [`parameters.${name}`, "members"],
    violation(cluster) {
      const number = parameterNumber(cluster, name);
      const permanent = Object.keys(cluster.patroni.slots ?? {}).length;
      const least = cluster.members + permanent + 2;
      if (number === undefined || number >= least) return undefined;
      const slots = permanent === 0 ? ["", ""] : [` and ${permanent} permanent slots`, " + permanent slots"];
      return {
        found: `${name} ${number} with members ${cluster.members}${slots[0]}`,
        allowed: `at least members${slots[1]} + 2, which is ${least}`,
        next: `Set \`parameters.${name}\` to ${least} or more.`,
      };
    },
  };
}

/** PostgreSQL refuses to start otherwise (`PostmasterMain`). */
const connectionsNotAllReserved: Rule = {
  settings: [
    "parameters.superuser_reserved_connections",
    "parameters.reserved_connections",
    "parameters.max_connections",
  ],
  violation(cluster) {
    const superuser = parameterNumber(cluster, "superuser_reserved_connections");
    const reserved = parameterNumber(cluster, "reserved_connections");
    const all = parameterNumber(cluster, "max_connections");
    if (superuser === undefined || reserved === undefined || all === undefined) return undefined;
    if (superuser + reserved < all) return undefined;
    return {
      found: `superuser_reserved_connections ${superuser} + reserved_connections ${reserved}`,
      allowed: `a sum of less than max_connections, which is ${all}`,
      next: "PostgreSQL wouldn't start.",
    };
  },
};

function onlyForStorageType(type: "volume" | "ephemeral", key: string): Rule {
  return {
    settings: [`storage.${key}`],
    violation(cluster, _limits, written) {
      if (cluster.storage.type === type || !Object.hasOwn(written.storage ?? {}, key)) return undefined;
      return {
        found: `a setting of \`type: ${type}\``,
        allowed: storageKeysOf[cluster.storage.type].map((name) => `\`${name}\``).join(", "),
        next: `The storage here is \`type: ${cluster.storage.type}\`.`,
      };
    },
  };
}

const existingSecretHasPath: Rule = {
  settings: ["credentials.existing.path", "credentials.existing"],
  violation({ credentials }) {
    if (credentials.kind === "generated" || credentials.path !== "") return undefined;
    return { found: "no `path`", allowed: "a map with the `path` of the secret" };
  },
};

/** Otherwise two of the three roles would share a name or a password. */
const credentialFieldsDiffer: Rule = {
  settings: ["credentials.existing.fields"],
  violation({ credentials }) {
    const names = Object.values<string>({ ...credentials.fields });
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) return undefined;
    return {
      found: `the field \`${twice}\` twice`,
      allowed: "six different fields: superuser, replication and rewind have credentials of their own",
    };
  },
};

/** Vault keeps one address: it must hold after allocations were replaced. */
const accessHasPort: Rule = {
  settings: ["access.roles", "postgresPort"],
  violation({ access, postgresPort }) {
    if (access.length === 0 || postgresPort !== undefined) return undefined;
    return {
      found: "roles without a `postgresPort`",
      allowed: "roles of a cluster that has a `postgresPort` of its own",
      next: "Vault finds the leader at this port of every node; with ports that Nomad picks it would lose it.",
    };
  },
};

/** Every rule over several settings of one cluster. Two members are no problem: the quorum is Consul's, not theirs. */
export const clusterRules: readonly Rule[] = [
  ...guardRailsOfClusters,
  ...patroniRules,
  leaderDeadlineFitsTtl,
  commitsWaitInSynchronousMode,
  sharedBuffersFitMemory,
  enoughForMembers("max_wal_senders"),
  enoughForMembers("max_replication_slots"),
  connectionsNotAllReserved,
  ...storageKeysOf.volume.map((key) => onlyForStorageType("volume", key)),
  ...storageKeysOf.ephemeral.map((key) => onlyForStorageType("ephemeral", key)),
  existingSecretHasPath,
  credentialFieldsDiffer,
  accessHasPort,
];
