import { setTimeout as sleep } from "node:timers/promises";
import { goingOn, type ActProgress } from "../../patroni/acts/actProgress";
import type { Refusal } from "../../patroni/acts/ledCluster";
import { planSwitchover, type SwitchoverPlan } from "../../patroni/acts/switchoverPlan";
import { switchoverProgress } from "../../patroni/acts/switchoverProgress";
import type { RestartStep } from "../../patroni/configChange";
import { clusterNames } from "../../patroni/names";
import { isDown } from "../../patroni/observed/configStatus";
import { ownAnswer } from "../../patroni/status/memberStatus";
import type { ClusterObservation } from "../../patroni/status/observation";
import { awaitAct } from "../acts/awaitAct";
import { observeCluster } from "../acts/observeCluster";
import { requestAct } from "../acts/requestAct";
import { HttpError } from "../http";
import type { LoadWait } from "./awaitLoaded";
import { cantTakeOver, changeRefused, notHandedOver } from "./handOverFailures";
import { loopWaitOf } from "./loopWait";
import type { RestartOutcome } from "./restartMember";
import { Deadline } from "./until";

/** Patroni's default of `maximum_lag_on_failover`, in bytes. */
const defaultMaxLagBytes = 2 ** 20;

/** Patroni answers a switchover after at most twice its loop_wait, 20 s at the least; what comes of it is seen. */
const answerSeconds = 60;

/**
 * Has the leader hand over to the best replica that runs with what waits for a restart on the leader, and waits until
 * the leader streams from it. Patroni stops the leader's PostgreSQL for that and starts it as a replica, which is the
 * restart. While nobody can take over it looks again for a few cycles of the HA loop: in synchronous mode Patroni takes
 * one to make a replica synchronous that has just restarted.
 *
 * `not needed`: another member leads already. `failed`: another leads now, and the former leader doesn't start.
 * Throws a ProviderFailure when nobody can take over, or Patroni refuses; the leader goes on then.
 */
export async function handOver(wait: LoadWait, step: RestartStep): Promise<RestartOutcome> {
  const { after, deadline, progress } = wait;
  const forAMoment = () => new Deadline(Math.min(deadline.remainingSeconds, 3 * loopWaitOf(after) + 5));
  let patience = forAMoment();
  progress.waitingFor(`a replica that can take over from leader ${step.member}`);
  for (;;) {
    const observation = await look(wait);
    if (observation !== undefined && leaderOf(observation) !== step.member) return { kind: "not needed" };
    const outcome = await attempt(wait, step, observation);
    if (outcome.kind !== "not now") return outcome;
    // While Consul can't be asked, nothing is known of anybody.
    if (observation === undefined && !deadline.passed) patience = forAMoment();
    if (patience.passed) throw cantTakeOver(wait, step, outcome.reason);
    await sleep(500);
  }
}

/** What may be otherwise a moment later. */
interface NotNow {
  readonly kind: "not now";
  readonly reason: string;
}

async function attempt(
  wait: LoadWait,
  step: RestartStep,
  observation: ClusterObservation | undefined,
): Promise<RestartOutcome | NotNow> {
  if (observation === undefined) return { kind: "not now", reason: "Consul doesn't show the cluster's keys" };
  const plan = planFor(observation, step);
  return plan.kind === "refused"
    ? { kind: "not now", reason: plan.reason }
    : switchOver(wait, step, plan, observation);
}

/** The best replica that has what the leader lacks. */
function planFor(observation: ClusterObservation, { parameters }: RestartStep): SwitchoverPlan | Refusal {
  const lacking = new Set(parameters.map(({ name }) => name));
  return planSwitchover(observation, undefined, ({ pendingRestart }) =>
    pendingRestart.some(({ name }) => lacking.has(name)) ? "waits for the same restart" : undefined,
  );
}

/** Asks for it and waits until it is over. A refusal of Patroni's for the moment is one to try again after. */
async function switchOver(
  wait: LoadWait,
  step: RestartStep,
  plan: SwitchoverPlan,
  observation: ClusterObservation,
): Promise<RestartOutcome | NotNow> {
  const { deadline, progress } = wait;
  const { leader, candidate } = plan;
  const started = Date.now();
  progress.line(`leader ${leader} hands over to ${candidate}`);
  progress.waitingFor(`${candidate} to lead and ${leader} to stream from it`);
  const seconds = Math.min(deadline.remainingSeconds, answerSeconds);
  const answered = await requestAct(observation, leader, "/switchover", { leader, candidate }, seconds);
  if (answered.kind === "refused" || answered.kind === "failed") {
    if (answered.kind === "refused" && /\((401|403)\)/.test(answered.said))
      throw changeRefused(step, answered.said);
    progress.line(`not handed over: Patroni says: ${answered.said}`);
    return { kind: "not now", reason: `Patroni says: ${answered.said}` };
  }
  const end = await awaitAct({
    observe: () => observe(wait),
    judge: (now) => judge(now, plan),
    deadline,
    progress: { ...progress, line: () => undefined },
  });
  if (end.done) {
    const [said = ""] = end.said;
    progress.line(`${said} after ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return { kind: "back" };
  }
  const now = await look(wait);
  const state = now === undefined ? undefined : ownAnswer(now, leader);
  if (now !== undefined && leaderOf(now) !== leader && state !== undefined && isDown(state))
    return { kind: "failed", said: `${state.state} as a replica of ${leaderOf(now) ?? "nobody"}` };
  throw notHandedOver(plan, end.said);
}

/** As an operator's switchover is judged, but whoever took over is welcome, and a former leader that is down is the end. */
function judge(observation: ClusterObservation, plan: SwitchoverPlan): ActProgress {
  const leader = leaderOf(observation);
  if (leader === undefined || leader === plan.leader) return switchoverProgress(observation, plan);
  const former = ownAnswer(observation, plan.leader);
  if (former !== undefined && isDown(former))
    return { kind: "failed", said: `former leader ${plan.leader}: ${former.state}` };
  return former === undefined
    ? goingOn(`former leader ${plan.leader} to answer`)
    : switchoverProgress(observation, { leader: plan.leader, candidate: leader });
}

function leaderOf({ keys }: ClusterObservation): string | undefined {
  return keys.kind === "known" ? keys.value.leader : undefined;
}

async function observe({ inputs, after }: LoadWait): Promise<ClusterObservation> {
  // The folder's last part is Patroni's scope, by which members know each other.
  const name = inputs.dcsPath.slice(inputs.dcsPath.lastIndexOf("/") + 1);
  const maxLag = Number(after["maximum_lag_on_failover"] ?? defaultMaxLagBytes);
  return observeCluster(inputs, {
    name,
    members: 0,
    maxLagBytes: Number.isFinite(maxLag) ? maxLag : defaultMaxLagBytes,
    jobId: clusterNames({ name: inputs.cluster }).job,
  });
}

/** The cluster now; undefined while Consul can't be asked. */
async function look(wait: LoadWait): Promise<ClusterObservation | undefined> {
  try {
    const observation = await observe(wait);
    return observation.keys.kind === "known" ? observation : undefined;
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}
