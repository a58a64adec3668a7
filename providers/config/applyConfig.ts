import {
  changedSettings,
  describeChange,
  documentText,
  parseDocument,
  sameValue,
  type ConfigDocument,
} from "../../patroni/configDocument";
import { isPaused } from "../../patroni/pause";
import { HttpError } from "../http";
import type { Progress } from "../progress";
import { awaitLoaded } from "./awaitLoaded";
import { readScope, unreachableConsul, writeConfigKey, type WrittenKey } from "./configKey";
import { shortList } from "./describe";
import type { ConfigInputs, ConfigState } from "./model";
import { refuseWhilePaused } from "./refuseWhilePaused";
import { restartMembers } from "./restartMembers";
import { rollBack } from "./rollBack";
import { Deadline } from "./until";

/** What stands in Consul, as far as a run has seen it. */
export interface Standing {
  readonly config: string;
  readonly modifyIndex: number;
}

/**
 * Puts the configuration into Consul and, if the cluster runs, into effect: every member that runs has loaded
 * it, and has been restarted where it takes that. `last` is the state of the last run, if there was one.
 * `standing` is told what is in Consul as soon as that changes, so that a run that fails leaves the truth behind.
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
  const after = parseDocument(inputs.config) ?? {};
  const key = await firstWrite(inputs, after);
  standing({ config: inputs.config, modifyIndex: key.modifyIndex });
  sayWrite(inputs, after, key, progress);
  if (!key.written && isInEffect(last, after)) return;
  const before = key.written ? key.before : previousOf(last, after);
  if (!(await isRunning(inputs, isPaused(before ?? {}) && !isPaused(after)))) {
    progress.line("configuration: no leader, so members take it when they start");
    return;
  }
  const wait = { inputs, before, after, deadline, progress };
  const loaded = await awaitLoaded(wait);
  const rolling = { ...wait, loaded, resumed: last !== undefined && !last.ready };
  const failed = await restartMembers(rolling);
  if (failed === undefined) return;
  const { failure, standing: now } = await rollBack(rolling, failed);
  if (now !== undefined) standing({ config: documentText(now.document), modifyIndex: now.modifyIndex });
  throw failure;
}

async function firstWrite(inputs: ConfigInputs, after: ConfigDocument): Promise<WrittenKey> {
  try {
    await refuseWhilePaused(inputs, after);
    return await writeConfigKey(inputs, after);
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
  return last?.ready === true && sameValue(parseDocument(last.config), after);
}

/** What the members may still have, when a run that stopped half way had written the key already. */
function previousOf(last: ConfigState | undefined, after: ConfigDocument): ConfigDocument | undefined {
  const document = parseDocument(last?.config ?? "");
  return sameValue(document, after) ? undefined : document;
}

function sayWrite(inputs: ConfigInputs, after: ConfigDocument, key: WrittenKey, { line }: Progress): void {
  const name = `${inputs.dcsPath}/config`;
  if (!key.written) {
    line(`configuration: ${name} holds it already`);
  } else if (key.before === undefined) {
    line(`configuration: written to ${name}`);
  } else {
    line(`configuration: ${shortList(changedSettings(key.before, after).map(describeChange))}`);
  }
}
