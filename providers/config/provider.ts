import { parseDocument, sameValue } from "../../patroni/configDocument";
import { isEmpty } from "../../patroni/configDrift";
import { changedInputs } from "../changedInputs";
import { keepingState } from "../failure";
import { pickInputs } from "../pickInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { withProgress } from "../progress";
import { applyConfig, type Standing } from "./applyConfig";
import { checkConfigInputs } from "./checkInputs";
import { driftLines } from "./driftLines";
import { completeState, type ConfigInputs, type ConfigState } from "./model";
import { refreshed } from "./refresh";
import { adoptedOf } from "./wantedDocument";

const inputNames = [
  "cluster",
  "consulAddress",
  "dcsPath",
  "config",
  "drift",
  "alterSystem",
  "vaultAddress",
  "secretMount",
  "secretPath",
  "superuserUsernameField",
  "superuserPasswordField",
  "nomadAddress",
  "nomadNamespace",
  "nomadRegion",
  "timeoutSeconds",
  "providerVersion",
] as const satisfies readonly (keyof ConfigInputs)[];

/** The dynamic configuration's lifecycle: what Pulumi's dynamic provider calls. */
export const provider: CompleteProvider = presentable({
  check: (_olds, news: Record<string, unknown>) =>
    Promise.resolve({ inputs: news, failures: [...checkConfigInputs(news)] }),

  diff: (_id, olds: ConfigState, news: ConfigInputs) => {
    const state = completeState(olds);
    for (const line of driftLines(state, news)) console.log(line);
    return Promise.resolve({ changes: hasChanges(state, news) });
  },

  create: async (inputs: ConfigInputs) => ({
    id: inputs.dcsPath,
    outs: await apply(inputs.dcsPath, inputs, undefined),
  }),

  update: async (id, olds: ConfigState, news: ConfigInputs) => ({
    outs: await apply(id, news, completeState(olds)),
  }),

  read: async (id, state: ConfigState) => {
    const { modifyIndex, ready, applied, adopted, ...rest } = await refreshed(state);
    const inputs = pickInputs<ConfigInputs>(inputNames, rest);
    return { id, props: { ...inputs, modifyIndex, ready, applied, adopted }, inputs };
  },

  delete: (_id, { cluster, dcsPath }: ConfigState) => {
    console.log(`[${cluster}] configuration: ${dcsPath}/config stays or goes with the cluster's storage`);
    return Promise.resolve();
  },
});

/** Two documents that Patroni takes for the same are no change, whatever their text. */
function hasChanges(olds: ConfigState, news: ConfigInputs): boolean {
  const others = inputNames.filter((name) => name !== "config" && name !== "alterSystem");
  if (!olds.ready || changedInputs<ConfigInputs>(others, olds, news).length > 0) return true;
  if (!isEmpty(olds.alterSystem)) return true;
  const [old, wanted] = [parseDocument(olds.config), parseDocument(news.config)];
  return old === undefined || wanted === undefined || !sameValue(old, wanted);
}

async function apply(id: string, inputs: ConfigInputs, last: ConfigState | undefined): Promise<ConfigState> {
  let standing: Standing = {
    config: last?.config ?? "{}",
    applied: last?.applied ?? "{}",
    adopted: adoptedOf(last),
    alterSystem: last?.alterSystem ?? {},
    modifyIndex: last?.modifyIndex ?? 0,
  };
  const unfinished = () => ({ ...inputs, ...standing, ready: false });
  await keepingState(id, inputs.cluster, unfinished, () =>
    withProgress(inputs.cluster, (progress) =>
      applyConfig(inputs, last, progress, (now) => {
        standing = now;
      }),
    ),
  );
  return { ...pickInputs<ConfigInputs>(inputNames, inputs), ...standing, ready: true };
}
