import type { Plugin } from "../framework/plugin";
import { authBackendRoleResource } from "./authBackendRole";
import { vaultClient } from "./client";
import { policyResource } from "./policy";
import { vaultSchema } from "./schema";

/** The stand-in for the Vault plugin. It works with OpenBao too. */
export const plugin: Plugin = {
  schema: vaultSchema,
  resources: (config) => {
    const client = vaultClient(config);
    return [policyResource(client), authBackendRoleResource(client)];
  },
};
