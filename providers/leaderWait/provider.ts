import { changedInputs } from "../changedInputs";
import { InputProblems, unknownValue, type RawInputs } from "../inputProblems";
import { presentable, type CompleteProvider } from "../presentable";
import { projectModule } from "../projectModule";
import { incidentalNames, inputNames, type LeaderInputs, type LeaderState } from "./model";

/**
 * The lifecycle of the wait for a cluster's leader.
 *
 * | call   | does |
 * |--------|------|
 * | check  | names every input that can't be used; asks nobody |
 * | diff   | another version of the job, another cluster, or a wait that hasn't succeeded: wait (again) |
 * | create | waits until the cluster is ready; a failed wait stays in the state with `ready` false |
 * | update | waits again, and so resumes a failed wait |
 * | read   | looks for 5 s; `ready` false makes the next `pulumi up` wait |
 * | delete | nothing: there is nothing but the state |
 */
export const provider: CompleteProvider = presentable({
  check: (_olds: unknown, news: RawInputs) => Promise.resolve({ inputs: news, failures: problems(news) }),

  diff: (_id: string, olds: LeaderState, news: LeaderInputs) => Promise.resolve(difference(olds, news)),

  create: async (inputs: LeaderInputs) => {
    const id = `${inputs.keyPrefix}/${inputs.scope}`;
    return { id, outs: await runtime().waitForLeader(id, inputs) };
  },

  update: async (id: string, _olds: LeaderState, news: LeaderInputs) => ({
    outs: await runtime().waitForLeader(id, news),
  }),

  read: async (id: string | undefined, state: LeaderState) => ({
    ...(id === undefined ? {} : { id }),
    props: await runtime().readLeader(state),
    inputs: Object.fromEntries(
      inputNames.flatMap((name) => (state[name] === undefined ? [] : [[name, state[name]]])),
    ),
  }),

  delete: () => Promise.resolve(),
});

/** The wait itself, loaded when it is needed: a preview isn't to pay for it. */
function runtime(): typeof import("./runtime") {
  return projectModule("./providers/leaderWait/runtime") as typeof import("./runtime");
}

function problems(news: RawInputs): InputProblems["list"] {
  const found = new InputProblems(news);
  for (const name of [
    "cluster",
    "scope",
    "keyPrefix",
    "nomadNamespace",
    "nomadRegion",
    "jobId",
    "vaultSecretPath",
  ])
    found.text(name, "text that isn't empty");
  found.address("consulAddress");
  found.address("nomadAddress");
  found.seconds("timeoutSeconds");
  // With --continue-on-error, what would come from a job that wasn't registered is absent. The engine checks the
  // inputs all the same, and then skips the resource.
  if (news["jobModifyIndex"] !== undefined)
    found.text("jobModifyIndex", "the job's modifyIndex, a number", /^\d+$/);
  for (const [name, least] of [
    ["memberCount", 1],
    ["jobVersion", 0],
    ["maxLagBytes", 0],
  ] as const) {
    const value = news[name];
    if (value === unknownValue || (name === "jobVersion" && value === undefined)) continue;
    if (Number.isInteger(value) && Number(value) >= least) continue;
    found.add(name, `must be a whole number, at least ${least}, not ${JSON.stringify(value)}`);
  }
  return found.list;
}

/** The resource's identifier is made of the keys' place in Consul, so another place is another resource. */
function difference(olds: LeaderState, news: LeaderInputs): { changes: boolean; replaces: string[] } {
  const changed = changedInputs<LeaderInputs>(
    inputNames.filter((name) => !incidentalNames.has(name)),
    olds,
    news,
  );
  return {
    changes: changed.length > 0 || !olds.ready,
    replaces: changed.filter((name) => name === "scope" || name === "keyPrefix"),
  };
}
