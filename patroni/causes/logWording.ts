import { clusterNames } from "../names";
import type { Allocation } from "../observed/nomadState";
import type { Expectation } from "../observed/snapshot";
import { scopeFolder } from "../observed/consulKeys";
import type { RebuildNotice } from "../observed/rebuildNotice";
import { postgresUser } from "../patroniTask";
import { nomadCommand } from "../operatorCommands";
import { deleteKeysCommand, logsCommand, reinitCommand, secretCommand } from "./commands";
import type { LogCode } from "./logSigns";

/** What a sentence about a sign in a log is made of. */
export interface LogContext {
  readonly expectation: Expectation;
  readonly allocation: Allocation;
  readonly task: string;
  readonly member: string;
  readonly leader: string;
  /** The parts that the sign's pattern names. */
  readonly named: Readonly<Record<string, string | undefined>>;
  /** What its log says of its rebuild. */
  readonly notice: RebuildNotice | undefined;
  /** How long a member may be stuck before it rebuilds itself, in seconds; undefined: it never does. */
  readonly rebuildAfterSeconds: number | undefined;
  /** The last of PostgreSQL's fatal words, or else the log's last telling line. */
  readonly words: string;
}

/** The sentence for each sign, and the next step. */
export const logWording: Readonly<
  Record<LogCode, (context: LogContext) => { headline: string; next: string }>
> = {
  "system-id-mismatch": ({ member, named, allocation, expectation }) => ({
    headline: `${member}'s data directory was written by another cluster: Consul says ${named["scope"] ?? "?"}, the data says ${named["data"] ?? "?"}`,
    next: `If Consul is right, delete that data (the volume on ${allocation.nodeName}). If the data is right, stop the job, delete what Consul says, and run pulumi up --refresh: ${deleteKeysCommand(expectation)}`,
  }),
  "data-not-writable": ({ member, allocation, expectation }) => ({
    headline: `${member} can't write its data directory: the volume on ${allocation.nodeName} belongs to another user, or is read-only`,
    next: `Give it to the image's postgres user (${postgresUser.uid}:${postgresUser.gid}, mode 0700); where it is: ${nomadCommand(expectation, "volume status", "-type=host")}`,
  }),
  "data-damaged": ({ member, allocation, expectation }) => ({
    headline: `${member}'s data directory is neither empty nor a database`,
    next: `Let it copy the leader's data anew: ${reinitCommand(expectation, allocation, member)}`,
  }),
  stuck: ({ member, named, allocation, expectation, task }) => ({
    headline: `${member} has been stuck since ${named["since"] ?? "?"}, and isn't rebuilt: ${named["why"] ?? "?"}`,
    next: `Mend that; if its data may go, let it copy the leader's anew: ${reinitCommand(expectation, allocation, member)}; all that it says: ${logsCommand(expectation, allocation, task)}`,
  }),
  "disk-full": ({ member, allocation, expectation, task }) => ({
    headline: `${member} has no space left on ${allocation.nodeName}`,
    next: `Make room; what fills it: ${logsCommand(expectation, allocation, task)}`,
  }),
  "parameter-rejected": parameterRejected,
  "wal-removed": (context) => ({
    headline: `replica ${context.member} needs WAL${context.named["segment"] === undefined ? "" : ` segment ${context.named["segment"]}`} that ${context.leader} no longer has, and can't catch up by itself`,
    next: copyAnew(context),
  }),
  "member-consul-denied": ({ member, expectation, allocation, task }) => ({
    headline: `Consul refuses ${member}`,
    next: `It needs the policy, role and binding rule ${clusterNames({ name: expectation.cluster }).consulMember}, with write on keys below ${scopeFolder(expectation.keyPrefix, expectation.scope)}, and platform.consul.taskAuthMethod must trust Nomad's identities; what it asked for: ${logsCommand(expectation, allocation, task)}`,
  }),
  "member-consul-unreachable": ({ member, allocation, expectation, task }) => ({
    headline: `the Consul agent on node ${allocation.nodeName} can't be reached by member ${member}`,
    next: `Check the agent there, and platform.consul.agentAddress in the config: ${logsCommand(expectation, allocation, task)}`,
  }),
  "replication-refused": ({ member, leader, expectation }) => ({
    headline: `${leader} turns ${member} away when it connects for replication`,
    next: `Check networks.replication in the config, and the replication credentials: ${secretCommand(expectation)}`,
  }),
  "start-failed": ({ member, words, expectation, allocation, task }) => ({
    headline: `PostgreSQL on ${member} doesn't start: ${words}`,
    next: `If a change of the config or of the image brought it, take that back and run pulumi up again; all that it says: ${logsCommand(expectation, allocation, task)}`,
  }),
};

/** The step for a replica that nothing helps but another copy. */
function copyAnew({ member, notice, rebuildAfterSeconds, allocation, expectation }: LogContext): string {
  const command = reinitCommand(expectation, allocation, member);
  const kept = notice?.kind === "stuck" ? /^isn't rebuilt: (.*)/.exec(notice.next)?.[1] : undefined;
  if (kept !== undefined || rebuildAfterSeconds === undefined)
    return `Let it copy the leader's data anew${kept === undefined ? "" : ` (it doesn't by itself: ${kept})`}: ${command}`;
  return `It copies the leader's data anew by itself when it has been stuck for ${rebuildAfterSeconds} s; at once: ${command}`;
}

function parameterRejected({ member, named, expectation, allocation, task }: LogContext) {
  const parameter = [
    named["invalid"],
    named["typed"],
    named["range"],
    named["unknown"],
    named["standby"],
  ].find((name) => name !== undefined);
  const library = named["library"];
  const because =
    parameter !== undefined
      ? `because of parameter ${parameter}`
      : library !== undefined
        ? `because it can't load ${library} (parameter shared_preload_libraries)`
        : "because it asks for more shared memory than there is (parameters shared_buffers, max_connections)";
  return {
    headline: `PostgreSQL on ${member} won't start ${because}`,
    next: `Correct it under parameters in the config and run pulumi up again; PostgreSQL's words: ${logsCommand(expectation, allocation, task)}`,
  };
}
