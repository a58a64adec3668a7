import { isOverdue } from "../../patroni/rotation";
import { changedInputs } from "../changedInputs";
import { keepingState } from "../failure";
import { pickInputs } from "../pickInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { withProgress } from "../progress";
import { checkRotationInputs } from "./checkInputs";
import type { RotationInputs, RotationResult, RotationState } from "./model";
import { unpinVersion } from "./pinnedVersion";
import { lookAtRotation, rotate } from "./rotate";

const inputNames = [
  "cluster",
  "vaultAddress",
  "mount",
  "path",
  "fields",
  "consulAddress",
  "dcsPath",
  "nomadAddress",
  "nomadNamespace",
  "nomadRegion",
  "jobId",
  "generation",
  "maxAgeDays",
  "timeoutSeconds",
  "providerVersion",
] as const satisfies readonly (keyof RotationInputs)[];

/** The rotation's lifecycle: what Pulumi's dynamic provider calls. */
export const provider: CompleteProvider = presentable({
  check: (_olds, news: Record<string, unknown>) =>
    Promise.resolve({ inputs: news, failures: [...checkRotationInputs(news)] }),

  diff: (_id, olds: RotationState, news: RotationInputs) =>
    Promise.resolve({
      changes:
        !olds.ready ||
        changedInputs<RotationInputs>(inputNames, olds, news).length > 0 ||
        isOverdue(olds.rotatedAt, news.maxAgeDays, Date.now()),
    }),

  create: async (inputs: RotationInputs) => ({
    id: inputs.cluster,
    outs: await apply(inputs.cluster, inputs, undefined),
  }),

  update: async (id, olds: RotationState, news: RotationInputs) => ({ outs: await apply(id, news, olds) }),

  read: async (id, state: RotationState) => ({
    id,
    props: { ...pickInputs<RotationInputs>(inputNames, state), ...(await lookAtRotation(state)) },
    inputs: pickInputs<RotationInputs>(inputNames, state),
  }),

  // A secret that is made anew begins with version 1 again: what is kept must not name one of before.
  delete: async (_id, state: RotationState) => unpinVersion(state),
});

async function apply(
  id: string,
  inputs: RotationInputs,
  last: RotationState | undefined,
): Promise<RotationState> {
  const nothingYet: RotationResult = { rotations: 0, rotatedAt: "", version: 0, ready: false };
  // The generation stays the one that was reached: the next run still has to reach the other.
  const unfinished = () => ({
    ...inputs,
    ...nothingYet,
    ...(last !== undefined && { ...resultOf(last), generation: last.generation }),
    ready: false,
  });
  const result = await keepingState(id, inputs.cluster, unfinished, () =>
    withProgress(inputs.cluster, (progress) => rotate(inputs, last, progress)),
  );
  return { ...pickInputs<RotationInputs>(inputNames, inputs), ...result };
}

function resultOf({ rotations, rotatedAt, version, ready }: RotationResult): RotationResult {
  return { rotations, rotatedAt, version, ready };
}
