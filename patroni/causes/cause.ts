import type { Expectation, Snapshot } from "../observed/snapshot";

/** Every reason for which a wait ends without a ready cluster. */
export const causeCodes = [
  "consul-unreachable",
  "consul-refused",
  "nomad-unreachable",
  "nomad-refused",
  "job-absent",
  "job-stopped",
  "job-superseded",
  "placement-impossible",
  "image-not-found",
  "image-denied",
  "registry-unreachable",
  "vault-secret-missing",
  "vault-secret-incomplete",
  "vault-denied",
  "vault-unreachable",
  "vault-unreadable",
  "setup-failed",
  "member-consul-denied",
  "member-consul-unreachable",
  "system-id-mismatch",
  "data-not-writable",
  "data-damaged",
  "disk-full",
  "parameter-rejected",
  "wal-removed",
  "replication-refused",
  "stuck",
  "start-failed",
  "paused",
  "initialize-left-over",
  "task-died",
  "out-of-memory",
  "deployment-failed",
  "deadline",
] as const;
export type CauseCode = (typeof causeCodes)[number];

/** Why the cluster can't become ready. */
export interface Cause {
  readonly code: CauseCode;
  /** One sentence: what, where. */
  readonly headline: string;
  /** What supports it, a line each: the server's own words, per node or member. */
  readonly details: readonly string[];
  /** One line that starts with what to do, and holds the command where there is one. */
  readonly nextCommand: string;
}

/** What a cause is looked for in. */
export interface Evidence {
  readonly expectation: Expectation;
  readonly snapshot: Snapshot;
}

/** Looks for one kind of cause; undefined unless it is certain. */
export type CauseFinder = (evidence: Evidence) => Cause | undefined;
