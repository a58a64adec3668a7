import { isPaused, withoutPause } from "../../patroni/pause";
import { sameValue, type ConfigDocument } from "../../patroni/configDocument";
import type { RestartStep } from "../../patroni/configChange";
import { clusterNames } from "../../patroni/names";
import { ProviderFailure } from "../failure";
import { HttpError } from "../http";
import { writeConfigKey } from "./configKey";
import { describeWanted, listNames } from "./describe";
import { lastWordsOf } from "./lastWordsOf";
import { observeMembers, statusOf } from "./observeMembers";
import type { StandingKey } from "./overwritten";
import { restartMember, serves } from "./restartMember";
import type { FailedRestart, RollingRestart } from "./restartMembers";
import { Deadline, until } from "./until";

/** How long a member gets to serve again with the previous configuration, whatever is left of the deadline. */
const recoverySeconds = 60;

/** Where the configuration stands after a roll-back. */
export interface RolledBack {
  readonly failure: ProviderFailure;
  /** What is in Consul now, if it was put back. */
  readonly standing: StandingKey | undefined;
}

/**
 * Puts the previous configuration back after a member that didn't come back with the new one, sees to it that
 * the member serves again, and says all of it. Patroni itself starts a stopped PostgreSQL anew in every cycle of
 * its HA loop, with the configuration that it then has; a member that runs is restarted.
 */
export async function rollBack(rolling: RollingRestart, failed: FailedRestart): Promise<RolledBack> {
  const { inputs, progress } = rolling;
  const { step, said, restarted, leader } = failed;
  const who = `${step.role} ${step.member}`;
  progress.line(`${who} failed to restart: ${said}`);
  const words = await lastWordsOf(inputs, step.member);
  const { lines, standing } = await putBack(rolling, step);
  const spared = step.role === "replica" && leader !== undefined && !restarted.includes(leader);
  const failure = new ProviderFailure(`${who} didn't come back with ${describeWanted(step.parameters)}`, [
    ...(words === undefined ? [] : [`PostgreSQL says: ${words}`]),
    `Patroni's answer to the restart: ${said}`,
    ...lines,
    ...(spared ? [`leader ${leader} was not restarted`] : []),
    ...adviceFor(rolling, failed, words !== undefined),
  ]);
  return { failure, standing };
}

/**
 * Puts the previous configuration back, if there is one and nobody else has changed it, and tells what came of it.
 * Without its pause: Patroni wouldn't start a PostgreSQL in it. What restarted wasn't paused either.
 */
async function putBack(
  rolling: RollingRestart,
  step: RestartStep,
): Promise<{ readonly lines: readonly string[]; readonly standing: RolledBack["standing"] }> {
  const { inputs, before, after, progress } = rolling;
  const stays = (line: string) => ({ lines: [line], standing: undefined });
  const previous = before === undefined ? after : withoutPause(before);
  if (before === undefined || sameValue(previous, after))
    return stays("nothing is known of the configuration of before, so this one stays in Consul");
  const pause = isPaused(before) ? ", without its pause" : "";
  progress.line("putting the previous configuration back");
  const ours = (standing: ConfigDocument | undefined) => standing === undefined || sameValue(standing, after);
  try {
    const key = await writeConfigKey(inputs, () => previous, ours);
    if (!key.written && !sameValue(key.before, previous))
      return stays("somebody else has changed the configuration since; it was left as it is");
    const standing = { document: previous, modifyIndex: key.modifyIndex };
    return {
      lines: [`the previous configuration is back in Consul${pause}`, await recover(rolling, step)],
      standing,
    };
  } catch (error) {
    if (!(error instanceof HttpError || error instanceof ProviderFailure)) throw error;
    return stays(`the previous configuration could not be put back, so this one stays: ${error.message}`);
  }
}

/** Waits until the member serves, restarting it once where it runs and waits to go back. */
async function recover(
  { inputs, progress }: RollingRestart,
  { member: name, parameters }: RestartStep,
): Promise<string> {
  const deadline = new Deadline(recoverySeconds);
  progress.waitingFor(`${name} to serve again with the previous configuration`);
  let state = "it doesn't answer";
  let restarted = false;
  const found = await until(deadline, async () => {
    const now = await observeMembers(inputs);
    const member = now.list.find((one) => one.name === name);
    const status = statusOf(now, name);
    if (member === undefined || status === undefined) return undefined;
    state = status.state;
    const pending = status.pending.filter((one) =>
      parameters.some((parameter) => parameter.name === one.name),
    );
    if (pending.length > 0 && status.state === "running" && !restarted) {
      restarted = true;
      await restartMember(inputs, member, deadline);
      return undefined;
    }
    return serves(now, status, true) ? status : undefined;
  });
  progress.waitingFor("");
  if (found === undefined)
    return `${name} doesn't serve with it after ${recoverySeconds} s (${state}): see its log`;
  progress.line(`${name} serves again with the previous configuration`);
  return `${name} serves again with it`;
}

function adviceFor(
  { inputs }: RollingRestart,
  { step, restarted }: FailedRestart,
  hasWords: boolean,
): readonly string[] {
  const names = [...new Set(restarted)].filter((name) => name !== step.member);
  const { job } = clusterNames({ name: inputs.cluster });
  return [
    ...(names.length === 0
      ? []
      : [`already restarted with it: ${listNames(names)}; the next pulumi up takes the restart back`]),
    ...(hasWords
      ? []
      : [
          `what PostgreSQL says stands in the log of ${step.member}: nomad job allocs ${job}, nomad alloc logs <allocation>`,
        ]),
    "set a value that PostgreSQL starts with, then run pulumi up again",
  ];
}
