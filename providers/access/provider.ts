import { isDeepStrictEqual } from "node:util";
import type { AccessRole } from "../../config/model";
import { rolePath } from "../../patroni/access/accessNames";
import { changedInputs } from "../changedInputs";
import { keepingState } from "../failure";
import { pickInputs } from "../pickInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { withProgress } from "../progress";
import { checkAccessInputs } from "./checkInputs";
import { ensureAccess } from "./ensureAccess";
import { lookAtAccess } from "./lookAtAccess";
import type { AccessInputs, AccessState } from "./model";
import { removeAccess } from "./removeAccess";

const inputNames = [
  "cluster",
  "vaultAddress",
  "mount",
  "roles",
  "postgresPort",
  "datacenters",
  "nodePool",
  "secretMount",
  "secretPath",
  "superuserUsernameField",
  "superuserPasswordField",
  "consulAddress",
  "dcsPath",
  "nomadAddress",
  "nomadNamespace",
  "nomadRegion",
  "timeoutSeconds",
  "providerVersion",
] as const satisfies readonly (keyof AccessInputs)[];

/** Where another Vault or another mount is to hold the logins, those of the old one are removed. */
const replacing = ["cluster", "vaultAddress", "mount"] as const satisfies readonly (keyof AccessInputs)[];

/** The logins' lifecycle: what Pulumi's dynamic provider calls. */
export const provider: CompleteProvider = presentable({
  check: (_olds, news: Record<string, unknown>) =>
    Promise.resolve({ inputs: news, failures: [...checkAccessInputs(news)] }),

  diff: (_id, olds: AccessState, news: AccessInputs) =>
    Promise.resolve({
      changes: !olds.ready || changedInputs<AccessInputs>(inputNames, olds, news).length > 0,
      replaces: [...changedInputs<AccessInputs>(replacing, olds, news)],
      deleteBeforeReplace: true,
    }),

  create: async (inputs: AccessInputs) => ({
    id: inputs.cluster,
    outs: await apply(inputs.cluster, inputs, undefined),
  }),

  update: async (id, olds: AccessState, news: AccessInputs) => ({ outs: await apply(id, news, olds) }),

  read: async (id, state: AccessState) => {
    const say = (line: string) => {
      console.log(`[${state.cluster}] ${line}`);
    };
    const inputs = pickInputs<AccessInputs>(inputNames, state);
    return { id, props: { ...inputs, ...(await lookAtAccess(state, say)) }, inputs };
  },

  delete: async (_id, state: AccessState) =>
    withProgress(state.cluster, (progress) => removeAccess(state, progress)),
});

async function apply(id: string, inputs: AccessInputs, last: AccessState | undefined): Promise<AccessState> {
  // Roles of before stay in the state until a run has reached its end: some of them may still have to go.
  const unfinished = () => ({
    ...inputs,
    roles: [...inputs.roles, ...supersededBy(inputs, last)],
    hosts: last?.hosts ?? [],
    ready: false,
  });
  const result = await keepingState(id, inputs.cluster, unfinished, () =>
    withProgress(inputs.cluster, (progress) => ensureAccess(inputs, last, progress)),
  );
  return { ...pickInputs<AccessInputs>(inputNames, inputs), ...result };
}

/** Roles of before that are none of these, or not at the same place. */
function supersededBy(inputs: AccessInputs, last: AccessState | undefined): AccessInputs["roles"] {
  const place = (role: AccessRole) => [
    rolePath({ name: inputs.cluster }, role),
    role.database,
    role.type === "static" ? role.username : "",
  ];
  return (last?.roles ?? []).filter(
    (role) => !inputs.roles.some((next) => isDeepStrictEqual(place(next), place(role))),
  );
}
