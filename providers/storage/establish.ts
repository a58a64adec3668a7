import { ensureVolumes, refuseForeign } from "./ensureVolumes";
import { ProviderFailure } from "../failure";
import { settleKeys } from "./leftoverKeys";
import type { StorageInputs, StorageResult, StorageVolume } from "./model";
import { readJob } from "./nomadJob";
import { nomadScope, type NomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { lookAround, recordedVolumes } from "./scene";
import { sessionsEnd, type StopWait } from "./waitUntilStopped";

/** A failure after volumes came to be: what exists is worth recording, so that the next run goes on from there. */
export class PartialStorage extends Error {
  constructor(
    readonly failure: Error,
    readonly result: StorageResult,
  ) {
    super(failure.message);
    this.name = "PartialStorage";
  }
}

/**
 * Makes a cluster's storage as its inputs say, or takes it up where it exists. `recorded` holds the volumes that
 * the resource knew before; none at first.
 *
 * Throws a ProviderFailure or an HttpError when nothing has come to be, else a PartialStorage.
 */
export async function establish(
  inputs: StorageInputs,
  recorded: readonly StorageVolume[],
  progress: Progress,
): Promise<StorageResult> {
  const scope = nomadScope(inputs);
  const deadline = Date.now() + inputs.timeoutSeconds * 1000;
  if (inputs.kind === "ephemeral") {
    await settleKeys(scope, inputs, progress, false);
    return { volumes: [], volumeCount: 0, ready: true };
  }
  const scene = await lookAround(scope, inputs);
  refuseForeign(inputs, scene);
  sayWhatIsGone(
    progress,
    recorded.filter(({ id }) => !scene.volumes.some((volume) => volume.id === id)),
  );
  await settleKeys(scope, inputs, progress, scene.volumes.length > 0);
  if (scene.volumes.length > 0) {
    await predecessorsEnd({ scope, inputs, progress, deadline, purpose: "taken up" });
  }
  const known = new Set(recorded.map(({ id }) => id));
  try {
    return resultOf(
      recordedVolumes(await ensureVolumes(scope, inputs, progress, scene, known, deadline)),
      true,
    );
  } catch (error) {
    throw await withWhatExists(scope, inputs, error);
  }
}

/**
 * Waits for members of before that still stop. Nomad does that itself as long as it remembers their allocations;
 * after a purge it doesn't, and would start new members on the same volumes beside them.
 */
async function predecessorsEnd(wait: StopWait): Promise<void> {
  if ((await readJob(wait.scope, wait.inputs.jobId)) === "absent") await sessionsEnd(wait, "everyMember");
}

function sayWhatIsGone(progress: Progress, gone: readonly StorageVolume[]): void {
  for (const { id, nodeName } of gone) {
    progress.line(
      `volume ${id} on ${nodeName} is gone from Nomad: where it is needed, a new one is made, and its member is cloned from the leader`,
    );
  }
}

function resultOf(volumes: readonly StorageVolume[], ready: boolean): StorageResult {
  return { volumes, volumeCount: volumes.length, ready };
}

/** The error together with the volumes that exist; the bare error where there are none or Nomad can't say. */
async function withWhatExists(scope: NomadScope, inputs: StorageInputs, error: unknown): Promise<Error> {
  const failure = error instanceof Error ? error : new ProviderFailure(String(error));
  try {
    const volumes = recordedVolumes(await lookAround(scope, inputs));
    return volumes.length === 0 ? failure : new PartialStorage(failure, resultOf(volumes, false));
  } catch {
    return failure;
  }
}
