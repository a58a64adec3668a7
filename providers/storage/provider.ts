import { UnfinishedError } from "../failure";
import { presentable, type CompleteProvider } from "../presentable";
import { hasChanges, refuseMoves } from "./changes";
import { checkInputs } from "./checkInputs";
import { establish, PartialStorage } from "./establish";
import { storageProviderVersion, type StorageVolume } from "./model";
import { withProgress } from "../progress";
import { refresh } from "./refresh";
import { remove } from "./remove";
import { inputsOf, outputsOf, volumesOf, type Properties } from "./stateOf";

/**
 * The lifecycle of a cluster's storage.
 *
 * | call   | does |
 * |--------|------|
 * | check  | names every input that can't be used; asks nobody |
 * | diff   | compares inputs, provider version and `ready`; refuses what would move data; never replaces |
 * | create | takes up or makes the volumes; refuses Patroni's keys without data |
 * | update | the same, knowing the volumes of before |
 * | read   | looks which volumes are still there |
 * | delete | keeps data and keys, or deletes both once nothing runs |
 */
export const provider: CompleteProvider = presentable({
  check: (_olds: unknown, news: Properties) =>
    Promise.resolve({ inputs: news, failures: [...checkInputs(news)] }),

  diff: (_id: string, olds: Properties, news: Properties) =>
    attempt(() => ({ changes: hasChanges(olds, news), replaces: [] })),

  create: async (props: Properties) => {
    const inputs = inputsOf(props);
    return { id: inputs.dcsPath, outs: await establishOrSave(inputs.dcsPath, props, []) };
  },

  update: async (id: string, olds: Properties, news: Properties) => {
    refuseMoves(olds, news);
    return { outs: await establishOrSave(id, news, volumesOf(olds)) };
  },

  read: async (id: string | undefined, props: Properties = {}) => {
    const inputs = inputsOf(props);
    const result = await withProgress(inputs.cluster, (progress) =>
      refresh(inputs, volumesOf(props), props["ready"] === true, progress),
    );
    const version = props["providerVersion"];
    return {
      ...(id === undefined ? {} : { id }),
      props: outputsOf(inputs, result, typeof version === "number" ? version : 0),
      inputs: { ...inputs },
    };
  },

  delete: async (_id: string, props: Properties) => {
    const inputs = inputsOf(props);
    await withProgress(inputs.cluster, (progress) => remove(inputs, volumesOf(props), progress));
  },
});

/** Runs synchronous work as a promise, so that what it throws is a rejection. */
async function attempt<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}

/** Makes the storage; what came to be before a failure is kept in the state, so that the next `pulumi up` goes on. */
async function establishOrSave(
  id: string,
  props: Properties,
  recorded: readonly StorageVolume[],
): Promise<Properties> {
  const inputs = inputsOf(props);
  try {
    const result = await withProgress(inputs.cluster, (progress) => establish(inputs, recorded, progress));
    return outputsOf(inputs, result, storageProviderVersion);
  } catch (error) {
    if (!(error instanceof PartialStorage)) throw error;
    const outputs = outputsOf(inputs, error.result, storageProviderVersion);
    throw new UnfinishedError(id, { ...outputs, __provider: props["__provider"] }, error.message);
  }
}
