import type { Rule } from "./rule";

/** Patroni gives Consul's session half of the TTL, and Consul refuses one below its floor (patroni/dcs/consul.py). */
const sessionLongEnough: Rule = {
  settings: ["patroni.ttlSeconds"],
  violation({ patroni: { ttlSeconds } }, { sessionTtlMinSeconds }, written) {
    if (sessionTtlMinSeconds === undefined || ttlSeconds >= 2 * sessionTtlMinSeconds) return undefined;
    return {
      found: `${written.patroni?.ttlSeconds === undefined ? "the default of " : ""}${ttlSeconds}, of which Consul's session gets half`,
      allowed: `at least ${2 * sessionTtlMinSeconds}, twice \`platform.consul.sessionTtlMinSeconds\``,
    };
  },
};

/** https://patroni.readthedocs.io/en/latest/dynamic_configuration.html and `Config._validate_and_adjust_timeouts` */
const loopFitsTtl: Rule = {
  settings: ["patroni.loopWaitSeconds", "patroni.retryTimeoutSeconds", "patroni.ttlSeconds"],
  violation({ patroni: { loopWaitSeconds, retryTimeoutSeconds, ttlSeconds } }) {
    const sum = loopWaitSeconds + 2 * retryTimeoutSeconds;
    if (sum <= ttlSeconds) return undefined;
    return {
      found: `loopWaitSeconds ${loopWaitSeconds} + 2 × retryTimeoutSeconds ${retryTimeoutSeconds} = ${sum}`,
      allowed: `a sum of at most ttlSeconds, which is ${ttlSeconds}`,
      next: "A leader that still retries would lose its lock; Patroni would shorten both.",
    };
  },
};

/** How long a leader may take to stop PostgreSQL at once, when it has lost Consul. */
const demotionSeconds = 1;

/**
 * A leader that is cut off from Consul notices in its next loop, retries, and then stops taking writes. Another
 * one must not be elected sooner, or both take them.
 */
const demotesBeforeNodeFailure: Rule = {
  settings: ["patroni.loopWaitSeconds", "patroni.retryTimeoutSeconds"],
  violation({ patroni: { loopWaitSeconds, retryTimeoutSeconds } }, { nodeFailureSeconds }) {
    const sum = loopWaitSeconds + retryTimeoutSeconds + demotionSeconds;
    if (nodeFailureSeconds === undefined || sum <= nodeFailureSeconds) return undefined;
    return {
      found: `loopWaitSeconds ${loopWaitSeconds} + retryTimeoutSeconds ${retryTimeoutSeconds} + ${demotionSeconds} to stop = ${sum}`,
      allowed: `a sum of at most \`platform.consul.nodeFailureSeconds\`, which is ${nodeFailureSeconds}`,
      next: "Otherwise a leader that is cut off could still take writes when the next one already does.",
    };
  },
};

/** PostgreSQL makes no logical slot otherwise (`CheckLogicalDecodingRequirements`); Patroni writes an error each round. */
const logicalSlotsHaveLogicalWal: Rule = {
  settings: ["patroni.slots", "parameters.wal_level"],
  violation({ patroni: { slots = {} }, parameters }) {
    const logical = Object.entries(slots).find(([, { type }]) => type === "logical")?.[0];
    const level = String(parameters["wal_level"] ?? "replica");
    if (logical === undefined || level.toLowerCase() === "logical") return undefined;
    return {
      found: `the logical slot \`${logical}\` with wal_level ${level}`,
      allowed: "logical slots with `parameters.wal_level: logical`",
    };
  },
};

/** Patroni doesn't look at either of them otherwise (`GlobalConfig.is_synchronous_mode_strict`, `primary_stop_timeout`). */
function onlyInSynchronousMode(
  key: "synchronousModeStrict" | "maxLagOnSyncnodeBytes" | "primaryStopTimeoutSeconds",
): Rule {
  return {
    settings: [`patroni.${key}`],
    violation({ patroni }) {
      const value = patroni[key];
      if (value === undefined || value === false || patroni.synchronousMode !== "off") return undefined;
      return {
        found: `\`${value}\` with synchronousMode off`,
        allowed: "it only with `patroni.synchronousMode` `on` or `quorum`",
      };
    },
  };
}

/**
 * Patroni ignores synchronous mode there (`GlobalConfig.is_synchronous_mode`), and makes no logical slots. What is declared in
 * the database would have to be written there, and comes from the other cluster.
 */
const standbyTakesNoWrites: Rule = {
  settings: [
    "patroni.standbyCluster",
    "patroni.synchronousMode",
    "patroni.slots",
    "databases",
    "roles",
    "access",
  ],
  violation({ patroni: { standbyCluster, synchronousMode, slots = {} }, databases, roles, access }) {
    if (standbyCluster === undefined) return undefined;
    const found = [
      ...(synchronousMode === "off" ? [] : [`synchronousMode ${synchronousMode}`]),
      ...(Object.values(slots).some(({ type }) => type === "logical") ? ["logical slots"] : []),
      ...(Object.keys({ ...databases, ...roles }).length === 0 ? [] : ["databases or roles"]),
      ...(access.length === 0 ? [] : ["access"]),
    ];
    if (found.length === 0) return undefined;
    return {
      found: `a standby cluster with ${found.join(", ")}`,
      allowed: "none of these, because nobody writes to a standby cluster",
    };
  },
};

/** Its roles and their passwords are those of the cluster that it follows. */
const standbyHasExistingCredentials: Rule = {
  settings: ["patroni.standbyCluster", "credentials.existing", "credentials"],
  violation({ patroni: { standbyCluster }, credentials }) {
    if (standbyCluster === undefined || credentials.kind === "existing") return undefined;
    return {
      found: "a standby cluster with generated credentials",
      allowed: "`credentials.existing`, a secret with the credentials of the cluster that it follows",
    };
  },
};

/** Rules over several settings of `patroni`, and what they have to fit. */
export const patroniRules: readonly Rule[] = [
  sessionLongEnough,
  loopFitsTtl,
  demotesBeforeNodeFailure,
  logicalSlotsHaveLogicalWal,
  onlyInSynchronousMode("synchronousModeStrict"),
  onlyInSynchronousMode("maxLagOnSyncnodeBytes"),
  onlyInSynchronousMode("primaryStopTimeoutSeconds"),
  standbyTakesNoWrites,
  standbyHasExistingCredentials,
];
