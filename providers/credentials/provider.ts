import { changedInputs } from "../changedInputs";
import { keepingState } from "../failure";
import { pickInputs } from "../pickInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { checkCredentialsInputs, withDefaults } from "./checkInputs";
import { ensureCredentials, lookAtCredentials, type Say } from "./ensureCredentials";
import { deleteSecret } from "./kv2";
import type { CredentialsInputs, CredentialsResult, CredentialsState } from "./model";
import { secretName } from "./vaultFailures";

const inputNames = [
  "cluster",
  "vaultAddress",
  "mount",
  "path",
  "fields",
  "usernames",
  "whenRemoved",
  "timeoutSeconds",
  "providerVersion",
] as const satisfies readonly (keyof CredentialsInputs)[];

/** The credentials' lifecycle: what Pulumi's dynamic provider calls. */
export const provider: CompleteProvider = presentable({
  check: (_olds, news: Record<string, unknown>) =>
    Promise.resolve({
      inputs: withDefaults(news),
      failures: [...checkCredentialsInputs(withDefaults(news))],
    }),

  diff: (_id, olds: CredentialsState, news: CredentialsInputs) =>
    Promise.resolve({
      changes: !olds.ready || changedInputs(inputNames, olds, news).length > 0,
    }),

  create: async (inputs: CredentialsInputs) => {
    const id = inputs.cluster;
    return { id, outs: await ensure(id, inputs, undefined) };
  },

  update: async (id, olds: CredentialsState, news: CredentialsInputs) => ({
    outs: await ensure(id, news, olds),
  }),

  read: async (id, state: CredentialsState) => {
    const props = stateOf(state, await lookAtCredentials(state));
    return { id, props, inputs: pickInputs<CredentialsInputs>(inputNames, state) };
  },

  delete: async (_id, state: CredentialsState) => {
    const say = printer(state);
    if (state.version === 0) {
      // Perhaps because the address was wrong: asking there again would keep the resource for ever.
      say(`credentials: no run has ever seen ${secretName(state)}, so nothing is deleted`);
      return;
    }
    switch (state.whenRemoved) {
      case "keep":
        say(
          `credentials: ${secretName(state)} stays in Vault at ${state.vaultAddress}, as long as the data does`,
        );
        return;
      case "delete":
        await deleteSecret(state);
        say(`credentials: ${secretName(state)} deleted with all its versions`);
    }
  },
});

async function ensure(
  id: string,
  inputs: CredentialsInputs,
  last: CredentialsState | undefined,
): Promise<CredentialsState> {
  const unfinished = () => ({ ...inputs, ...stateOf(inputs, { version: last?.version ?? 0, ready: false }) });
  return keepingState(id, inputs.cluster, unfinished, async () =>
    stateOf(inputs, await ensureCredentials(inputs, last, printer(inputs))),
  );
}

function stateOf(inputs: CredentialsInputs, result: CredentialsResult): CredentialsState {
  return { ...pickInputs<CredentialsInputs>(inputNames, inputs), ...result };
}

function printer({ cluster }: CredentialsInputs): Say {
  return (line) => {
    console.log(`[${cluster}] ${line}`);
  };
}
