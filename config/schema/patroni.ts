import * as z from "zod";
import { flag, oneOf, secondsPerDay, section, setting, wholeNumber } from "./setting";
import { standbyCluster } from "./standbyCluster";
import { ignoredSlots, permanentSlots } from "./slots";

const rebuildAllowed = "a whole number of seconds from 60 to 86400, or `never`";

/**
 * What is decided for Patroni. Minima are Patroni's (`Config._validate_and_adjust_timeouts` and `patroni.validator` in
 * 4.1.5): it raises lower values with no more than a line in its log. The longest TTL of a Consul session is a day.
 */
export const patroni = section({
  ttlSeconds: wholeNumber(
    "How long the leader lock outlives a leader that is out of touch. Consul's session gets half of it, and Consul expires a session after twice its TTL.",
    { min: 20, max: secondsPerDay, of: "seconds", why: "Patroni raises less to 20" },
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
    { min: 0, max: secondsPerDay, of: "seconds" },
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
  synchronousModeStrict: flag(
    "Whether nobody may write while no replica is synchronous (`synchronous_mode_strict`). Otherwise commits wait for nobody then.",
  ),
  maxLagOnSyncnodeBytes: wholeNumber(
    "How far behind a synchronous replica may be before Patroni takes another one (`maximum_lag_on_syncnode`).",
    { min: 1, max: 2 ** 40, of: "bytes" },
  ),
  primaryStopTimeoutSeconds: wholeNumber(
    "How long a leader may take to stop before it is killed, in synchronous mode (`primary_stop_timeout`).",
    { min: 1, max: secondsPerDay, of: "seconds" },
  ),
  failsafeMode: flag(
    "Whether a leader goes on while Consul is away, as long as it reaches every other member (`failsafe_mode`).",
  ),
  memberSlotsTtlSeconds: wholeNumber(
    "How long the leader keeps WAL for a member that is away (`member_slots_ttl`); 0: not at all.",
    { min: 0, max: 30 * secondsPerDay, of: "seconds" },
  ),
  maxTimelinesHistory: wholeNumber(
    "How many changes of leader Patroni keeps in Consul (`max_timelines_history`); 0: all.",
    { min: 0, max: 1000000 },
  ),
  slots: permanentSlots,
  ignoreSlots: ignoredSlots,
  standbyCluster,
  rebuildStuckAfterSeconds: setting(
    z
      .union([z.int(), z.literal("never")], { error: rebuildAllowed })
      .refine((limit) => limit === "never" || (limit >= 60 && limit <= secondsPerDay), {
        error: rebuildAllowed,
      }),
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
    "What becomes of settings that somebody changed by other means: `correct` takes all of them back, `adopt` keeps those that this config doesn't set (docs/dynamic-config.md, docs/job-drift.md).",
    ["correct", "adopt"],
  ),
});
