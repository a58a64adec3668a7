import { lastWords } from "./causes/lastWords";
import { missingInVault } from "./causes/fromVault";
import type { MemberKey } from "./observed/consulKeys";
import { memberOf } from "./observed/memberOf";
import { rebuildNotice } from "./observed/rebuildNotice";
import { shortId, type Allocation, type TaskState } from "./observed/nomadState";
import { deaths, type Expectation, type Snapshot } from "./observed/snapshot";
import { isMemberReady } from "./readyCondition";

/** What one member does, in words that follow its name. */
export interface MemberPhase {
  /** The member's name, or its node's while it hasn't said its own. */
  readonly name: string;
  readonly role: "leader" | "replica" | "member";
  readonly done: boolean;
  /** Singular and plural, for example `is cloning from node1`, `are cloning from node1`. */
  readonly phrase: readonly [singular: string, plural: string];
}

/** What the member in an allocation does, from what Nomad, Consul and the member itself last said. */
export function memberPhase(
  expectation: Expectation,
  snapshot: Snapshot,
  allocation: Allocation,
): MemberPhase {
  const member = memberOf(allocation, snapshot.keys, snapshot.apiPorts.get(allocation.id));
  const leader = snapshot.keys?.leader;
  const name = member?.name ?? (allocation.nodeName || shortId(allocation.id));
  if (member !== undefined && isMemberReady(expectation, snapshot, allocation)) {
    if (member.name === leader) return { name, role: "leader", done: true, phrase: ["leads", "lead"] };
    return { name, role: "replica", done: true, phrase: ["is streaming", "are streaming"] };
  }
  if (allocation.client !== "running" || member === undefined)
    return { name, role: "member", done: false, phrase: startPhase(allocation, snapshot) };
  if (member.name === leader)
    return { name, role: "leader", done: false, phrase: leaderPhase(member, snapshot) };
  const role = leader === undefined ? "member" : "replica";
  const phrase = memberPhrase(expectation, snapshot, member);
  const note = rebuildNote(snapshot, allocation);
  return {
    name,
    role,
    done: false,
    phrase: note === undefined ? phrase : [phrase[0] + note, phrase[1] + note],
  };
}

/** What the member's own log says of being stuck, or of the rebuild that it has asked for. */
function rebuildNote(snapshot: Snapshot, allocation: Allocation): string | undefined {
  const log = snapshot.logs.find(({ allocationId }) => allocationId === allocation.id);
  const notice = rebuildNotice(log?.tail ?? []);
  switch (notice?.kind) {
    case undefined:
      return undefined;
    case "stuck":
      return ` (stuck since ${notice.since}, ${notice.next})`;
    case "rebuilt":
      return ` (rebuilt by itself: ${notice.evidence.join(" | ")})`;
  }
}

/** Before a member has registered in Consul, only Nomad and its log speak of it. */
function startPhase(allocation: Allocation, snapshot: Snapshot): MemberPhase["phrase"] {
  if (allocation.client === "unknown") return be("out of touch: its node doesn't answer Nomad");
  const task = allocation.tasks[0];
  if (task === undefined) return ["waits for its node to take it", "wait for their nodes to take them"];
  const missing = missingInVault(task);
  if (missing !== undefined) return ["waits for its Vault secret", "wait for their Vault secret"];
  const ended = deaths(task);
  const words = lastWords(
    snapshot.logs.find(({ allocationId }) => allocationId === allocation.id)?.tail ?? [],
  );
  if (ended > 0 && words !== undefined) return be(`restarting (${words})`);
  if (task.state === "running") return be("starting Patroni");
  return be(pendingPhrase(task));
}

function pendingPhrase(task: TaskState): string {
  const last = task.events.at(-1);
  if (last?.type === "Driver" && /download|pull/i.test(last.message)) return "pulling the image";
  if (last?.type === "Driver Failure")
    return `failing to start (${last.message.replace(/\s+/g, " ").slice(0, 160)})`;
  return last?.type === "Restarting" ? "restarting" : "being set up";
}

function leaderPhase(member: MemberKey, snapshot: Snapshot): MemberPhase["phrase"] {
  const answer = snapshot.rest.get(member.name);
  if (member.state !== "running") return statePhrase(member, undefined);
  if (answer?.kind === "silent")
    return be(`leader in Consul, but ${answer.url} doesn't answer from here (${answer.reason})`);
  return be("taking the lead");
}

/** Patroni's states (`PostgresqlState`) in an operator's words. */
function memberPhrase(
  expectation: Expectation,
  snapshot: Snapshot,
  member: MemberKey,
): MemberPhase["phrase"] {
  const leader = snapshot.keys?.leader;
  const answer = snapshot.rest.get(member.name);
  const live = answer?.kind === "answered" ? answer.status : undefined;
  if ((live?.state ?? member.state) !== "running")
    return statePhrase({ ...member, state: live?.state ?? member.state }, leader);
  if (leader === undefined) return ["waits for a leader", "wait for a leader"];
  if (answer?.kind === "silent")
    return be(`silent: ${answer.url} doesn't answer from here (${answer.reason})`);
  if ((live?.replicationState ?? member.replicationState) !== "streaming")
    return be(`connecting to ${leader}`);
  const leaderAnswer = snapshot.rest.get(leader);
  if (live === undefined || leaderAnswer?.kind !== "answered") return be("catching up");
  if (live.timeline !== leaderAnswer.status.timeline)
    return be(`on timeline ${live.timeline ?? "?"}, the leader on ${leaderAnswer.status.timeline ?? "?"}`);
  const lag = (leaderAnswer.status.location ?? 0) - (live.location ?? 0);
  return lag > expectation.maxLagBytes ? be(`${size(lag)} behind`) : be("catching up");
}

function statePhrase({ state, role }: MemberKey, leader: string | undefined): MemberPhase["phrase"] {
  switch (state) {
    case "initializing new cluster":
    case "running custom bootstrap script":
    case "starting after custom bootstrap":
      return be("making the new database");
    case "creating replica":
      return be(`cloning from ${leader ?? "the leader"}`);
    case "starting":
    case "restarting":
      return be(`${state} PostgreSQL`);
    case "stopped":
      return role === "uninitialized"
        ? ["waits for a leader", "wait for a leader"]
        : be("starting PostgreSQL");
    default:
      // Patroni's own words: `start failed`, `crashed`, `initdb failed`, …
      return [`says: ${state}`, `say: ${state}`];
  }
}

function be(what: string): MemberPhase["phrase"] {
  return [`is ${what}`, `are ${what}`];
}

/** Bytes for people: in whole kB below 1 MB, else in whole MB. */
export function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} kB` : `${Math.round(bytes / 2 ** 20)} MB`;
}
