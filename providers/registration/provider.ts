import { effectLine } from "../../patroni/impact/effect";
import { jobDriftEffects } from "../../patroni/impact/jobDriftEffects";
import { changedInputs } from "../changedInputs";
import { HttpError } from "../http";
import { ProviderFailure } from "../failure";
import { pickInputs } from "../pickInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { withProgress } from "../progress";
import { applyRegistration, lookAtJob } from "./apply";
import { checkRegistrationInputs, completeInputs } from "./checkInputs";
import type { RegistrationInputs, RegistrationState, RegistrationWanted } from "./model";

/** A change of the others is only noted. */
const decisive = [
  "nomadAddress",
  "nomadNamespace",
  "nomadRegion",
  "jobId",
  "jobspec",
  "changes",
  "adopted",
  "registration",
  "providerVersion",
] as const satisfies readonly (keyof RegistrationInputs)[];

const inputNames = [
  ...decisive,
  "cluster",
  "drift",
  "paused",
] as const satisfies readonly (keyof RegistrationInputs)[];

/**
 * The lifecycle of a job's registration.
 *
 * | call   | does |
 * |--------|------|
 * | check  | names wrong inputs; adds what the last refresh has left to do, so that a preview knows it |
 * | diff   | another job, or something that others did to it; says what becomes of that |
 * | create, update | takes back what others did; refuses to replace members of a paused cluster |
 * | read   | compares the job that Nomad has with the program's; where it can't, says so and keeps what was known |
 * | delete | nothing: the job is another resource |
 */
export const provider: CompleteProvider = presentable({
  check: (olds: Partial<RegistrationInputs>, news: RegistrationWanted) =>
    Promise.resolve({
      inputs: { ...news, ...completeInputs(olds, news) },
      failures: [...checkRegistrationInputs({ ...news })],
    }),

  diff: (_id: string, olds: RegistrationState, news: RegistrationInputs) => {
    for (const line of driftLines(olds, news)) console.log(line);
    return Promise.resolve({ changes: changedInputs<RegistrationInputs>(decisive, olds, news).length > 0 });
  },

  create: async (inputs: RegistrationInputs) => ({ id: inputs.jobId, outs: await apply(inputs, undefined) }),

  update: async (_id: string, olds: RegistrationState, news: RegistrationInputs) => ({
    outs: await apply(news, olds),
  }),

  read: async (id: string | undefined, state: RegistrationState) => {
    const { modifyIndex, updates, ...rest } = await refreshed(state);
    const inputs = pickInputs<RegistrationInputs>(inputNames, rest);
    return { ...(id === undefined ? {} : { id }), props: { ...inputs, modifyIndex, updates }, inputs };
  },

  delete: () => Promise.resolve(),
});

function driftLines(last: RegistrationState, news: RegistrationInputs): readonly string[] {
  const changedByConfig = last.jobspec !== news.jobspec;
  const { drift, paused, cluster } = news;
  return jobDriftEffects(last, { drift, paused, changedByConfig }).map((effect) =>
    effectLine({ tenant: cluster, ...effect }),
  );
}

/** A failure keeps the state as it was, and with it what is to be done. */
async function apply(
  inputs: RegistrationInputs,
  last: RegistrationState | undefined,
): Promise<RegistrationState> {
  const { cluster } = inputs;
  try {
    const state = await withProgress(cluster, (progress) => applyRegistration(inputs, last, progress));
    const { modifyIndex, updates } = state;
    return { ...pickInputs<RegistrationInputs>(inputNames, inputs), modifyIndex, updates };
  } catch (error) {
    if (!(error instanceof ProviderFailure || error instanceof HttpError)) throw error;
    throw new ProviderFailure(`cluster ${cluster}: ${error.message}`);
  }
}

async function refreshed(state: RegistrationState): Promise<RegistrationState> {
  try {
    return await lookAtJob(state);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    console.log(`[${state.cluster}] Nomad job couldn't be compared with the program's: ${error.message}`);
    return state;
  }
}
