import { documentText, inOrderOf, parseDocument, sameValue } from "../../patroni/configDocument";
import { changedInputs } from "../changedInputs";
import { keepingState } from "../failure";
import { HttpError } from "../http";
import { presentable, type CompleteProvider } from "../presentable";
import { withProgress } from "../progress";
import { applyConfig, type Standing } from "./applyConfig";
import { checkConfigInputs } from "./checkInputs";
import { readConfigKey, unreachableConsul } from "./configKey";
import type { ConfigInputs, ConfigState } from "./model";

const inputNames = [
  "cluster",
  "consulAddress",
  "dcsPath",
  "config",
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

  diff: (_id, olds: ConfigState, news: ConfigInputs) => Promise.resolve({ changes: hasChanges(olds, news) }),

  create: async (inputs: ConfigInputs) => ({
    id: inputs.dcsPath,
    outs: await apply(inputs.dcsPath, inputs, undefined),
  }),

  update: async (id, olds: ConfigState, news: ConfigInputs) => ({ outs: await apply(id, news, olds) }),

  read: async (id, state: ConfigState) => {
    const props = await refresh(state);
    return { id, props, inputs: inputsOf(props) };
  },

  delete: (_id, { cluster, dcsPath }: ConfigState) => {
    console.log(`[${cluster}] configuration: ${dcsPath}/config stays or goes with the cluster's storage`);
    return Promise.resolve();
  },
});

/** Two documents that Patroni takes for the same are no change, whatever their text. */
function hasChanges(olds: ConfigState, news: ConfigInputs): boolean {
  const others = inputNames.filter((name) => name !== "config");
  if (!olds.ready || changedInputs<ConfigInputs>(others, olds, news).length > 0) return true;
  const [old, wanted] = [parseDocument(olds.config), parseDocument(news.config)];
  return old === undefined || wanted === undefined || !sameValue(old, wanted);
}

async function apply(id: string, inputs: ConfigInputs, last: ConfigState | undefined): Promise<ConfigState> {
  let standing: Standing = { config: last?.config ?? "{}", modifyIndex: last?.modifyIndex ?? 0 };
  const unfinished = () => ({ ...inputs, ...standing, ready: false });
  await keepingState(id, inputs.cluster, unfinished, () =>
    withProgress(inputs.cluster, (progress) =>
      applyConfig(inputs, last, progress, (now) => {
        standing = now;
      }),
    ),
  );
  return { ...inputsOf(inputs), ...standing, ready: true };
}

/** What stands in Consul, in the order of what was put there, so that a diff shows what somebody changed. */
async function refresh(state: ConfigState): Promise<ConfigState> {
  const known = { ...inputsOf(state), modifyIndex: state.modifyIndex, ready: state.ready };
  const key = await readConfigKey(state).catch((error: unknown) => {
    throw error instanceof HttpError ? unreachableConsul(error) : error;
  });
  const ours = parseDocument(state.config) ?? {};
  if (key === undefined) return { ...known, config: "{}", modifyIndex: 0, ready: false };
  if (sameValue(key.document, ours)) return { ...known, modifyIndex: key.modifyIndex };
  const config = documentText(inOrderOf(ours, key.document ?? {}));
  // Whoever changed it, perhaps a run of this program that was killed, may not have seen it into effect.
  return { ...known, config, modifyIndex: key.modifyIndex, ready: false };
}

/** The inputs alone; Pulumi adds the provider's own text to what it hands over. */
function inputsOf(state: ConfigInputs): ConfigInputs {
  return Object.fromEntries(inputNames.map((name) => [name, state[name]])) as unknown as ConfigInputs;
}
