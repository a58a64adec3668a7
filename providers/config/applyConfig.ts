import {
  changedSettings,
  describeChange,
  documentText,
  sameValue,
  type ConfigDocument,
} from "../../patroni/configDocument";
import { settingsBeyond } from "../../patroni/configDrift";
import { isPaused } from "../../patroni/pause";
import { HttpError } from "../http";
import type { Progress } from "../progress";
import { awaitLoaded } from "./awaitLoaded";
import { readScope, unreachableConsul, writeConfigKey, type WrittenKey } from "./configKey";
import { correctAlterSystem, type AlterSystemCorrection } from "./correctAlterSystem";
import { shortList } from "./describe";
import type { ConfigInputs, ConfigResult, ConfigState } from "./model";
import { Overwritten, type StandingKey } from "./overwritten";
import { refuseStandby } from "./refuseStandby";
import { refuseWhilePaused } from "./refuseWhilePaused";
import { restartMembers } from "./restartMembers";
import { rollBack } from "./rollBack";
import { Deadline } from "./until";
import { adopted, adoptedSettings, lastDocument, wantedDocument } from "./wantedDocument";

/** What stands in Consul and on the members, as far as a run has seen it. */
export type Standing = Omit<ConfigResult, "ready">;

/**
 * Puts the configuration into Consul and, if the cluster runs, into effect: every member that runs has loaded
 * it, and has been restarted where it takes that. What others changed is taken back, or kept where the inputs say so.
 * `last` is the state of the last run, if there was one. `standing` is told what there is as soon as that changes, so
 * that a run that fails leaves the truth behind.
 *
 * Throws a ProviderFailure or an HttpError.
 */
export async function applyConfig(
  inputs: ConfigInputs,
  last: ConfigState | undefined,
  progress: Progress,
  standing: (now: Standing) => void,
): Promise<void> {
  const deadline = new Deadline(inputs.timeoutSeconds);
  const wanted = wantedDocument(inputs, last);
  const { key, correction } = await firstWrite(inputs, last, deadline, progress);
  const after = key.document;
  const others = adoptedSettings(inputs, last, key.before);
  const { left, takenBack } = correction;
  const now = {
    config: inputs.config,
    applied: inputs.config,
    adopted: adopted(others, correction.adopted),
    alterSystem: left,
    modifyIndex: key.modifyIndex,
  };
  standing(now);
  sayWrite(inputs, key, progress);
  if (!key.written && takenBack.size === 0 && isInEffect(last, after)) return;
  const before = key.written ? key.before : previousOf(last, after);
  if (!(await isRunning(inputs, isPaused(before ?? {}) && !isPaused(after)))) {
    progress.line("configuration: no leader, so members take it when they start");
    return;
  }
  const stands = ({ document, modifyIndex }: StandingKey, applied: string | undefined) => {
    const config = documentText(settingsBeyond(document, others));
    standing({ ...now, config, applied: applied ?? config, modifyIndex });
  };
  const wait = { inputs, before, after, wanted, deadline, progress };
  const resumed = last !== undefined && !last.ready;
  try {
    const loaded = await awaitLoaded(wait);
    const rolling = { ...wait, loaded, alsoOwn: takenBack, resumed };
    const failed = await restartMembers(rolling);
    if (failed === undefined) return;
    const { failure, standing: back } = await rollBack(rolling, failed);
    if (back !== undefined) stands(back, last?.applied);
    throw failure;
  } catch (error) {
    if (error instanceof Overwritten) stands(error.standing, inputs.config);
    throw error;
  }
}

/** Refuses what would do harm, takes back what `ALTER SYSTEM` did, and writes; an outage of Consul here ends the run with nothing begun. */
async function firstWrite(
  inputs: ConfigInputs,
  last: ConfigState | undefined,
  deadline: Deadline,
  progress: Progress,
): Promise<{ readonly key: WrittenKey; readonly correction: AlterSystemCorrection }> {
  const wanted = wantedDocument(inputs, last);
  try {
    await refuseWhilePaused(inputs, wanted);
    await refuseStandby(inputs, wanted, lastDocument(last));
    const correction = await correctAlterSystem(inputs, last, deadline, progress);
    return { key: await writeConfigKey(inputs, wanted), correction };
  } catch (error) {
    throw error instanceof HttpError ? unreachableConsul(error) : error;
  }
}

/**
 * Whether there is a cluster that could load it: somebody is listed, and the lock is held. Members that are resumed
 * elect a leader where they lost theirs while they were paused.
 */
async function isRunning(inputs: ConfigInputs, resumes: boolean): Promise<boolean> {
  const { leader, members } = await readScope(inputs);
  return members.length > 0 && (leader !== undefined || resumes);
}

/**
 * Whether the last run saw this document into effect; then another timeout, say, is no reason to ask anybody. A
 * run that was killed had written it, perhaps, but not its state.
 */
function isInEffect(last: ConfigState | undefined, after: ConfigDocument): boolean {
  return last?.ready === true && sameValue(lastDocument(last), after);
}

/** What the members may still have, when a run that stopped half way had written the key already. */
function previousOf(last: ConfigState | undefined, after: ConfigDocument): ConfigDocument | undefined {
  const document = lastDocument(last);
  return sameValue(document, after) ? undefined : document;
}

function sayWrite(inputs: ConfigInputs, key: WrittenKey, { line }: Progress): void {
  const name = `${inputs.dcsPath}/config`;
  if (!key.written) {
    line(`configuration: ${name} holds it already`);
  } else if (key.before === undefined) {
    line(`configuration: written to ${name}`);
  } else {
    line(`configuration: ${shortList(changedSettings(key.before, key.document).map(describeChange))}`);
  }
}
