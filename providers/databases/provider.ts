import { objectDriftEffects } from "../../patroni/databases/drift";
import { noObjects, own, type Objects } from "../../patroni/databases/model";
import { effectLine } from "../../patroni/impact/effect";
import { changedInputs } from "../changedInputs";
import { keepingState } from "../failure";
import { unknownValue } from "../inputProblems";
import { pickInputs } from "../pickInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { withProgress } from "../progress";
import { checkDatabasesInputs } from "./checkInputs";
import type { DatabasesInputs, DatabasesState } from "./model";
import { reconcile } from "./reconcile";
import { refreshed } from "./refresh";

const inputNames = [
  "cluster",
  "consulAddress",
  "dcsPath",
  "vaultAddress",
  "mount",
  "path",
  "fields",
  "databases",
  "roles",
  "drops",
  "drift",
  "timeoutSeconds",
  "providerVersion",
] as const satisfies readonly (keyof DatabasesInputs)[];

/** The lifecycle of a cluster's databases and roles: what Pulumi's dynamic provider calls. */
export const provider: CompleteProvider = presentable({
  check: (_olds, news: Record<string, unknown>) =>
    Promise.resolve({ inputs: news, failures: [...checkDatabasesInputs(news)] }),

  diff: (_id, olds: DatabasesState, news: DatabasesInputs) => {
    for (const line of driftLines(olds, news)) console.log(line);
    return Promise.resolve({
      changes: !olds.ready || changedInputs<DatabasesInputs>(inputNames, olds, news).length > 0,
    });
  },

  create: async (inputs: DatabasesInputs) => ({
    id: inputs.cluster,
    outs: await apply(inputs.cluster, inputs, undefined),
  }),

  update: async (id, olds: DatabasesState, news: DatabasesInputs) => ({ outs: await apply(id, news, olds) }),

  read: async (id, state: DatabasesState) => {
    const { applied, adopted, dropped, ready, ...rest } = await refreshed(state);
    const inputs = pickInputs<DatabasesInputs>(inputNames, rest);
    return { id, props: { ...inputs, applied, adopted, dropped, ready }, inputs };
  },

  delete: (_id, { cluster }: DatabasesState) => {
    console.log(`[${cluster}] databases and roles: kept as they are, for as long as the cluster's data`);
    return Promise.resolve();
  },
});

/** After a run that stopped, the state isn't what somebody saw: then there is nothing to say of others' changes. */
function driftLines(last: DatabasesState, news: DatabasesInputs): readonly string[] {
  const isKnown = [news.databases, news.roles].every((value: unknown) => value !== unknownValue);
  if (!last.ready || !isKnown) return [];
  return objectDriftEffects(last.applied, last, news).map((effect) =>
    effectLine({ tenant: news.cluster, ...effect }),
  );
}

async function apply(
  id: string,
  inputs: DatabasesInputs,
  last: DatabasesState | undefined,
): Promise<DatabasesState> {
  const before = last?.applied ?? noObjects;
  const { databases, roles } = inputs;
  // Words that left the config and come back are said anew.
  const dropped = inputs.drops.filter((drop) =>
    last?.dropped.some(({ kind, name }) => kind === drop.kind && name === drop.name),
  );
  const unfinished = () => ({
    ...inputs,
    applied: together(before, inputs),
    adopted: last?.adopted ?? [],
    dropped,
    ready: false,
  });
  const adopted = await keepingState(id, inputs.cluster, unfinished, () =>
    withProgress(inputs.cluster, (progress) =>
      reconcile(inputs, { applied: before, dropped: [...dropped] }, progress, (drop) => dropped.push(drop)),
    ),
  );
  return {
    ...pickInputs<DatabasesInputs>(inputNames, inputs),
    applied: { databases, roles },
    adopted,
    dropped,
    ready: true,
  };
}

/** All that may have been made by this program, where it isn't known how far it came. */
function together(before: Objects, { databases, roles }: Objects): Objects {
  const merged = Object.entries(roles).map(([name, role]) => {
    const groups = [...(own(before.roles, name)?.memberOf ?? []), ...role.memberOf];
    return [name, { ...role, memberOf: [...new Set(groups)].sort() }] as const;
  });
  return {
    databases: { ...before.databases, ...databases },
    roles: { ...before.roles, ...Object.fromEntries(merged) },
  };
}
