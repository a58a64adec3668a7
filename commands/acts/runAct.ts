import type { Cluster } from "../../config/model";
import type { ActProgress } from "../../patroni/acts/actProgress";
import type { Refusal } from "../../patroni/acts/ledCluster";
import { memberStates } from "../../patroni/acts/memberStates";
import type { ClusterObservation } from "../../patroni/status/observation";
import { Deadline } from "../../providers/config/until";
import { withProgress, type Progress } from "../../providers/progress";
import { CommandError, commandErrorOf } from "../commandError";
import { observeCluster } from "../observeCluster";
import type { PulumiPlace } from "../pulumiCli";
import { readStackSettings } from "../stackSettings";
import type { ActArguments } from "./actArguments";
import { awaitAct, type ActEnd } from "../../providers/acts/awaitAct";
import { chooseCluster } from "./chooseCluster";
import { confirm, type Input } from "./confirm";
import type { ActRequest } from "../../providers/acts/requestAct";

/** What an act works with. */
export interface ActSurroundings {
  readonly pulumi: PulumiPlace;
  readonly input: Input;
  readonly output: { write(text: string): unknown };
  /** Ends the question; what was begun goes on without this process. */
  readonly signal: AbortSignal;
}

/** Patroni answers a switchover after at most twice its loop_wait, 20 s at the least; what comes of it is seen. */
const answerSeconds = 60;

/** What every plan says. */
interface Plan {
  readonly kind: "planned";
  readonly cluster: string;
  readonly lines: readonly string[];
}

/** One kind of act on a cluster. */
export interface Act<P extends Plan> {
  /** Pure: what will happen, or why nothing can. */
  readonly plan: (observation: ClusterObservation) => P | Refusal;
  /** Whether a plan that was shown still stands, when the other was made after the answer. */
  readonly isSame: (shown: P, now: P) => boolean;
  readonly request: (observation: ClusterObservation, plan: P, timeoutSeconds: number) => Promise<ActRequest>;
  /** Pure: how far it is. */
  readonly judge: (observation: ClusterObservation, plan: P) => ActProgress;
  /** Until when it has to be over, unless the command line says it. */
  readonly timeoutSeconds: (cluster: Cluster) => number;
}

/**
 * Shows what an act will do, asks, does it and waits until it is so. Returns the exit code: 0 when it is so, 1 when it
 * was begun and isn't.
 *
 * @throws {CommandError} when nothing was done, and why
 */
export async function runAct<P extends Plan>(
  act: Act<P>,
  wanted: ActArguments,
  { pulumi, input, output, signal }: ActSurroundings,
): Promise<number> {
  const settings = await readStackSettings(pulumi, wanted);
  const cluster = chooseCluster(settings, wanted.tenant ?? "");
  const { platform } = settings.config;
  const observe = () => observeCluster(platform, cluster);
  const look = async () => planned(act, await observe().catch(rethrown));
  const shown = await look();
  output.write(`${shown.plan.lines.join("\n")}\n`);
  if (!wanted.yes) await confirm(input, output, signal);
  // Somebody may have thought it over for a while.
  const now = wanted.yes ? shown : await look();
  if (!act.isSame(shown.plan, now.plan))
    throw new CommandError(`Nothing was done: ${cluster.name} has changed meanwhile. Run it again.`);
  const deadline = new Deadline(wanted.timeoutSeconds ?? act.timeoutSeconds(cluster));
  const started = Date.now();
  const left = () =>
    output.write("Patroni goes on with what it has begun; npm run status shows how it ends.\n");
  signal.addEventListener("abort", left, { once: true });
  const end = await withProgress(
    cluster.name,
    (progress) => carryOut(act, now, { observe, deadline, progress }),
    (line) => output.write(`${line}\n`),
  );
  const [first = "", ...others] = end.said;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  output.write(
    `${[`${cluster.name}: ${first}${end.done ? ` after ${seconds} s` : ""}`, ...others].join("\n")}\n`,
  );
  return end.done ? 0 : 1;
}

/** A plan and what it was made from. */
interface Planned<P> {
  readonly plan: P;
  readonly observation: ClusterObservation;
}

function planned<P extends Plan>(act: Act<P>, observation: ClusterObservation): Planned<P> {
  const plan = act.plan(observation);
  if (plan.kind === "refused") throw new CommandError(plan.reason);
  return { plan, observation };
}

/** The request, and the wait for what it asked for. */
async function carryOut<P extends Plan>(
  act: Act<P>,
  { plan, observation }: Planned<P>,
  begun: {
    readonly observe: () => Promise<ClusterObservation>;
    readonly deadline: Deadline;
    readonly progress: Progress;
  },
): Promise<ActEnd> {
  const { deadline, progress, observe } = begun;
  progress.waitingFor("Patroni to answer");
  const seconds = Math.min(deadline.remainingSeconds, answerSeconds);
  const answered = await act.request(observation, plan, seconds);
  if (answered.kind === "refused")
    throw new CommandError(`Nothing was done, because Patroni says: ${answered.said}`);
  if (answered.kind === "failed")
    return {
      done: false,
      said: [`Patroni says: ${answered.said}`, ...memberStates(await observe().catch(() => observation))],
    };
  progress.line(`Patroni: ${answered.said}`);
  return awaitAct({ ...begun, judge: (now) => act.judge(now, plan) });
}

function rethrown(error: unknown): never {
  throw commandErrorOf(error);
}
