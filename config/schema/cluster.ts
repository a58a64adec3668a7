import * as z from "zod";
import { postgresVersions } from "../model";
import { networks } from "./networks";
import { placement } from "./placement";
import { flag, oneOf, section, setting, wholeNumber } from "./setting";
import { storage } from "./storage";
import { credentials } from "./vault";

const day = 86400;

const parameterAllowed = "a text, a number, `true` or `false`";

const rebuildAllowed = "a whole number of seconds from 60 to 86400, or `never`";

/**
 * Minima are Patroni's (`Config._validate_and_adjust_timeouts` and `patroni.validator` in 4.1.5): it raises lower
 * values with no more than a line in its log. The longest TTL of a Consul session is a day.
 */
const patroni = section({
  ttlSeconds: wholeNumber(
    "How long the leader lock outlives a leader that is out of touch. Consul's session gets half of it, and Consul expires a session after twice its TTL.",
    { min: 20, max: day, of: "seconds", why: "Patroni raises less to 20" },
  ),
  loopWaitSeconds: wholeNumber("Pause between two rounds of Patroni's loop.", {
    min: 1,
    max: 3600,
    of: "seconds",
  }),
  retryTimeoutSeconds: wholeNumber("How long Consul and PostgreSQL may fail before a leader steps down.", {
    min: 3,
    max: 3600,
    of: "seconds",
    why: "Patroni raises less to 3",
  }),
  primaryStartTimeoutSeconds: wholeNumber(
    "How long a crashed leader may take to start before a replica takes over; 0: at once.",
    { min: 0, max: day, of: "seconds" },
  ),
  maxLagBytes: wholeNumber("How far behind a replica may be and still count as ready and become leader.", {
    min: 0,
    max: 2 ** 40,
    of: "bytes",
  }),
  synchronousMode: oneOf("Whether commits wait for replicas; `quorum`: for any of them.", [
    "off",
    "on",
    "quorum",
  ]),
  synchronousNodeCount: wholeNumber(
    "How many replicas a commit waits for, unless `synchronousMode` is `off`.",
    {
      min: 1,
      max: 99,
    },
  ),
  rebuildStuckAfterSeconds: setting(
    z
      .union([z.int(), z.literal("never")], { error: rebuildAllowed })
      .refine((limit) => limit === "never" || (limit >= 60 && limit <= day), { error: rebuildAllowed }),
    {
      description:
        "How long a member may be stuck, while the leader is well, before it deletes its data and copies the leader's, once (docs/operations.md).",
      allowed: rebuildAllowed,
    },
  ),
  pause: flag(
    "Whether Patroni is paused: nobody takes over when the leader fails, and a PostgreSQL that stops isn't started again (docs/operations.md).",
  ),
  drift: oneOf(
    "What becomes of settings that somebody changed by other means: `correct` takes all of them back, `adopt` keeps those that this config doesn't set (docs/dynamic-config.md).",
    ["correct", "adopt"],
  ),
});

const timeouts = section({
  leaderSeconds: wholeNumber("How long `pulumi up` waits for a leader and ready replicas.", {
    min: 30,
    max: day,
    of: "seconds",
  }),
  killSeconds: wholeNumber(
    "Time between the stop signal and SIGKILL, for a shutdown checkpoint. Nomad's clients cap it at their `max_kill_timeout`, which is 30 s unless configured.",
    { min: 5, max: 3600, of: "seconds" },
  ),
  lostAfterSeconds: wholeNumber("How long a node may be out of touch before its member counts as lost.", {
    min: 10,
    max: 7 * day,
    of: "seconds",
  }),
});

/** In place of a cluster's settings. */
export const clusterAllowed = "a map of a cluster's settings, which may be empty: `{}`";

/** What can be set for a cluster, and for all of them in `platform.defaults`. */
export const clusterSettings = section({
  members: wholeNumber("Members, leader included, each on a node of its own.", { min: 1, max: 100 }),
  postgresVersion: oneOf("PostgreSQL's major version.", postgresVersions),
  parameters: setting(
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error: parameterAllowed }), {
      error: "a map of PostgreSQL's parameters",
    }),
    {
      description:
        "PostgreSQL's parameters, as in `postgresql.conf`. Those that Patroni controls are refused.",
      allowed: "a map of PostgreSQL's parameters",
    },
  ),
  resources: section({
    cpuMhz: wholeNumber("CPU share of a member.", { min: 50, max: 1000000, of: "MHz" }),
    memoryMb: wholeNumber("Memory of a member; the task is killed beyond it.", {
      min: 256,
      max: 16777216,
      of: "megabytes",
    }),
  }),
  storage,
  networks,
  placement,
  driver: oneOf("Nomad's task driver.", ["docker", "podman"]),
  networkMode: oneOf(
    "`host`: members listen on the node's ports. `bridge`: on the container's, and advertise the node's.",
    ["host", "bridge"],
  ),
  patroni,
  credentials,
  timeouts,
});

/** What an operator writes of a cluster, checked setting by setting. */
export type ClusterSettings = z.output<typeof clusterSettings>;
