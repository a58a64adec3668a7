import { memberStates } from "../../patroni/acts/memberStates";
import { planMove, type MovePlan } from "../../patroni/moves/movePlan";
import type { MoveScene } from "../../patroni/moves/moveScene";
import { moveStep } from "../../patroni/moves/moveStep";
import { Deadline, until } from "../../providers/config/until";
import { HttpError } from "../../providers/http";
import { withProgress, type Progress } from "../../providers/progress";
import { storageInputsOf } from "../../providers/storage/clusterStorage";
import { nomadScope } from "../../providers/storage/nomadScope";
import type { ActEnd } from "../../providers/acts/awaitAct";
import { chooseCluster } from "../acts/chooseCluster";
import { confirm } from "../acts/confirm";
import type { ActSurroundings } from "../acts/runAct";
import { CommandError, commandErrorOf } from "../commandError";
import { readStackSettings } from "../stackSettings";
import { moveSeconds, parseArguments, usage, type MoveArguments } from "./arguments";
import { observeMove, type MovedCluster } from "./observeMove";
import { takeStep } from "./takeStep";

/**
 * Moves a member to another node, or makes one that is lost anew elsewhere. Returns the exit code: 0 when the new
 * member streams and the old one is gone, 1 when it was begun and isn't so.
 *
 * @throws {CommandError} when nothing was done, and why
 */
export async function runMove(args: readonly string[], surroundings: ActSurroundings): Promise<number> {
  const wanted = parseArguments(args);
  const { output } = surroundings;
  if (wanted.help) {
    output.write(`${usage}\n`);
    return 0;
  }
  const moved = await movedCluster(wanted, surroundings);
  const shown = await look(moved, wanted);
  output.write(`${shown.lines.join("\n")}\n`);
  if (!wanted.yes) await confirm(surroundings.input, output, surroundings.signal);
  // Somebody may have thought it over for a while.
  const now = wanted.yes ? shown : await look(moved, wanted);
  if (now.from !== shown.from || now.to !== shown.to || now.leader !== shown.leader)
    throw new CommandError(`Nothing was done: ${now.cluster} has changed meanwhile. Run it again.`);
  const started = Date.now();
  const deadline = new Deadline(wanted.timeoutSeconds ?? moveSeconds);
  surroundings.signal.addEventListener("abort", () => output.write(again(now)), { once: true });
  const end = await withProgress(
    now.cluster,
    (progress) => carryOut(moved, now, { progress, deadline, signal: surroundings.signal }),
    (line) => output.write(`${line}\n`),
  );
  const [first = "", ...others] = end.said;
  const took = end.done ? ` after ${((Date.now() - started) / 1000).toFixed(1)} s` : "";
  output.write(`${[`${now.cluster}: ${first}${took}`, ...others].join("\n")}\n`);
  if (end.done) output.write(`${now.afterwards.join("\n")}\n`);
  else if (!surroundings.signal.aborted) output.write(again(now));
  return end.done ? 0 : 1;
}

function again({ cluster, from }: MovePlan): string {
  return `What was begun stays as it is; this goes on with it: npm run move -- --tenant ${cluster} --member ${from}\n`;
}

async function movedCluster(wanted: MoveArguments, { pulumi }: ActSurroundings): Promise<MovedCluster> {
  const settings = await readStackSettings(pulumi, wanted);
  const cluster = chooseCluster(settings, wanted.tenant ?? "");
  const { platform } = settings.config;
  if (cluster.storage.type === "ephemeral")
    throw new CommandError(
      `${cluster.name} has throw-away data: Nomad itself puts a member elsewhere when its node is drained or lost.`,
    );
  const inputs = storageInputsOf(cluster, platform);
  return { cluster, platform, inputs, scope: nomadScope(inputs) };
}

async function look(moved: MovedCluster, wish: MoveArguments): Promise<MovePlan> {
  const scene = await observeMove(moved, "with attributes").catch((error: unknown) => {
    throw commandErrorOf(error);
  });
  const plan = planMove(scene, wish, moved.inputs);
  if (plan.kind === "refused") throw new CommandError(plan.reason);
  return plan;
}

/** One step after the other, each from what is seen; an outage of Nomad or Consul is waited through. */
async function carryOut(
  moved: MovedCluster,
  move: MovePlan,
  tools: { readonly progress: Progress; readonly deadline: Deadline; readonly signal: AbortSignal },
): Promise<ActEnd> {
  const { progress, deadline, signal } = tools;
  let last: MoveScene | undefined;
  let awaited = "";
  const end = await until(deadline, async (): Promise<ActEnd | undefined> => {
    if (signal.aborted) return { done: false, said: ["interrupted"] };
    last = await observeMove(moved, "plain");
    const step = moveStep(last, move);
    if (step.kind === "done")
      return { done: true, said: [`${step.said}, and ${move.from} has no member any more`] };
    if (step.kind === "failed") return { done: false, said: [step.said] };
    if (step.kind === "wait") {
      if (step.waitingFor !== awaited) progress.line(`waiting for ${step.waitingFor}`);
      awaited = step.waitingFor;
      progress.waitingFor(awaited);
      return undefined;
    }
    const refusal = await takeStep(moved, last, step, move.to, tools).catch(denied);
    return refusal === undefined ? undefined : { done: false, said: [refusal] };
  });
  progress.waitingFor("");
  if (end?.done === true) return end;
  const states = last === undefined ? [] : memberStates(last.observation);
  const what = end?.said ?? [`not so within ${deadline.seconds} s: still waiting for ${awaited}`];
  return { done: false, said: [...what, ...states] };
}

/** A token that may not is no outage: its message says what it needs. */
function denied(error: unknown): string {
  if (error instanceof HttpError && error.kind === "denied") return error.message;
  throw error;
}
