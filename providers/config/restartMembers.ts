import { setTimeout as sleep } from "node:timers/promises";
import {
  describeOrder,
  planConfigChange,
  type ConfigPlan,
  type RestartStep,
} from "../../patroni/configChange";
import { isPaused } from "../../patroni/pause";
import { ProviderFailure } from "../failure";
import { describeParameters, listNames } from "./describe";
import { handOver } from "./handOver";
import { changeRefused, handedOverAlready } from "./handOverFailures";
import { isOnlyMember } from "./isOnlyMember";
import type { LoadWait } from "./awaitLoaded";
import {
  describeMembers,
  leaderStatus,
  observeMembers,
  plannedMembers,
  statusOf,
  type ObservedMembers,
} from "./observeMembers";
import { refuseOverwritten } from "./overwritten";
import { restartMember, serves, type RestartOutcome } from "./restartMember";
import { until } from "./until";

/** A restart that went wrong: what was restarted with which outcome, and what had been restarted before. */
export interface FailedRestart {
  readonly step: RestartStep;
  readonly said: string;
  /** Members that run with the new configuration. */
  readonly restarted: readonly string[];
  readonly leader: string | undefined;
}

/** A rolling restart's surroundings. */
export interface RollingRestart extends LoadWait {
  /** Parameters that were taken back from `ALTER SYSTEM`. */
  readonly alsoOwn: ReadonlySet<string>;
  readonly resumed: boolean;
  /** Members as they were when the configuration was loaded. */
  readonly loaded: ObservedMembers;
}

/**
 * Restarts what the configuration needs restarted, one member at a time, each only when every member that served
 * at the beginning serves again. The leader hands over to a replica where there is to be one, once at most. The plan
 * is made anew before each restart, from what the members then say: the leader may have changed. The key in Consul is
 * looked at before each restart, too, and at the end: what somebody else has put there isn't this run's to carry out.
 *
 * Returns the restart that failed, if one did; nothing is restarted after it. Throws a ProviderFailure when it
 * can't go on for another reason, or the cluster is paused, with everything left as it is.
 */
export async function restartMembers(rolling: RollingRestart): Promise<FailedRestart | undefined> {
  const { progress } = rolling;
  const restarted: string[] = [];
  const done = new Set<string>();
  let handedOver = false;
  let members = rolling.loaded;
  let plan = await makePlan(rolling, members);
  if (isPaused(rolling.after) && plan.steps.length > 0) throw heldByPause(plan.steps);
  sayPlan(rolling, plan);
  for (let step = plan.steps[0]; step !== undefined; step = plan.steps[0]) {
    await refuseOverwritten(rolling);
    const signature = JSON.stringify(step);
    if (done.has(signature)) throw stillPending(step);
    if (step.kind === "switchover" && handedOver) throw handedOverAlready(step);
    const outcome = await carryOut(rolling, members, step);
    switch (outcome.kind) {
      case "failed":
        return failedRestart(step, outcome.said, restarted, members);
      case "refused":
        throw changeRefused(step, outcome.said);
      case "behind":
        throw notServing(await observeMembers(rolling.inputs));
      case "back":
        done.add(signature);
        handedOver ||= step.kind === "switchover";
        restarted.push(step.member);
        break;
      case "not needed":
      case "busy":
        // What it says of itself is about to change.
        await sleep(1_000);
    }
    members = await awaitAllServing(rolling);
    plan = await makePlan(rolling, members);
  }
  progress.waitingFor("");
  await refuseOverwritten(rolling);
  return undefined;
}

async function carryOut(
  rolling: RollingRestart,
  members: ObservedMembers,
  step: RestartStep,
): Promise<RestartOutcome> {
  const { inputs, deadline, progress } = rolling;
  const member = members.list.find(({ name }) => name === step.member);
  if (member === undefined) return { kind: "not needed" };
  if (deadline.passed) throw notInTime(step, members);
  if (step.kind === "switchover") return handOver(rolling, step);
  const started = Date.now();
  progress.line(`restarting ${step.role} ${step.member}`);
  progress.waitingFor(`${step.role} ${step.member} to restart`);
  const outcome = await restartMember(inputs, member, deadline);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (outcome.kind === "back") progress.line(`${step.member} serves again after ${seconds} s`);
  if (outcome.kind === "busy") progress.line(`${step.member} is busy: ${outcome.said}`);
  return outcome;
}

/** A leader that handed over fails as the replica that it is by then; whoever leads has restarted before. */
function failedRestart(
  step: RestartStep,
  said: string,
  restarted: readonly string[],
  { leader }: ObservedMembers,
): FailedRestart {
  if (step.kind === "restart") return { step, said, restarted, leader };
  return { step: { ...step, role: "replica" }, said, restarted, leader: undefined };
}

/** What has to be done to these members. */
async function makePlan(
  { inputs, before, after, alsoOwn, resumed }: RollingRestart,
  members: ObservedMembers,
): Promise<ConfigPlan> {
  // A run that a pause refused wrote nothing, and is no reason to take for its own what waits on others' account.
  const goesOn = resumed && !isPaused(after);
  const input = { before, after, alsoOwn, resumed: goesOn, members: plannedMembers(members) };
  const plan = planConfigChange({ ...input, alone: false });
  // Whether the leader is alone is asked only where somebody would have to take over.
  const handsOver = plan.steps.some(({ kind }) => kind === "switchover");
  return handsOver && (await isOnlyMember(inputs, members))
    ? planConfigChange({ ...input, alone: true })
    : plan;
}

function sayPlan({ progress }: RollingRestart, { steps, foreign }: ConfigPlan): void {
  for (const { member, parameter } of foreign)
    progress.line(
      `${member} waits for a restart for ${describeParameters([parameter])}, which this configuration doesn't set: left alone`,
    );
  const parameters = new Map(steps.flatMap((step) => step.parameters.map((one) => [one.name, one] as const)));
  if (steps.length > 0)
    progress.line(`${describeParameters([...parameters.values()])}: ${describeOrder(steps)}`);
}

/** Waits until every member that served at the beginning serves again, and the replicas have caught up. */
async function awaitAllServing(rolling: RollingRestart): Promise<ObservedMembers> {
  const { inputs, loaded, deadline, progress } = rolling;
  const served = loaded.list.filter(
    ({ role, answer }) =>
      typeof answer !== "string" &&
      answer.state === "running" &&
      (role === "leader" || answer.replicationState === "streaming"),
  );
  let last = loaded;
  let target: number | undefined;
  const found = await until(deadline, async () => {
    last = await observeMembers(inputs);
    target ??= leaderStatus(last)?.location;
    const missing = served.filter(({ name }) => {
      const status = statusOf(last, name);
      return status === undefined || !serves(last, status, true, target);
    });
    const leads = leaderStatus(last) !== undefined;
    progress.waitingFor(leads ? `${listNames(missing.map(({ name }) => name))} to serve again` : "a leader");
    return leads && missing.length === 0 ? last : undefined;
  });
  if (found === undefined) throw notServing(last);
  return found;
}

function notServing(members: ObservedMembers): ProviderFailure {
  return new ProviderFailure("not every member serves since the last restart, so the next one wasn't begun", [
    ...describeMembers(members),
    "the configuration stays in Consul; pulumi up goes on with the restarts once the members are well",
  ]);
}

/** What takes a restart without its being known beforehand: an extension's parameter, or a run that stopped half way. */
function heldByPause(steps: readonly RestartStep[]): ProviderFailure {
  const who = new Set(steps.map(({ role, member }) => `${role} ${member}`));
  const parameters = new Map(steps.flatMap((step) => step.parameters.map((one) => [one.name, one] as const)));
  const wait = who.size === 1 ? "waits" : "wait";
  return new ProviderFailure(
    `${listNames([...who])} ${wait} for a restart (${describeParameters([...parameters.values()])}), and patroni.pause is true: Patroni wouldn't start a PostgreSQL again that doesn't come back`,
    [
      "the configuration is in Consul, every member has loaded it, and nobody was restarted",
      `set patroni.pause to false and run pulumi up, which then restarts ${who.size === 1 ? "it" : "them"}`,
    ],
  );
}

function notInTime(step: RestartStep, members: ObservedMembers): ProviderFailure {
  return new ProviderFailure(
    `the time is up before ${step.role} ${step.member} was restarted (${describeParameters(step.parameters)})`,
    [...describeMembers(members), "the configuration stays in Consul; pulumi up goes on with the restarts"],
  );
}

function stillPending(step: RestartStep): ProviderFailure {
  return new ProviderFailure(
    `${step.role} ${step.member} was restarted and still waits for a restart (${describeParameters(step.parameters)})`,
    [
      "something else sets the value on that node: ALTER SYSTEM, a file that postgresql.conf includes, or an older leader",
      `SELECT name, setting, sourcefile FROM pg_settings WHERE name = '${step.parameters[0]?.name ?? ""}' tells`,
    ],
  );
}
