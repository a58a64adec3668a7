import type { Plugin } from "../framework/plugin";
import { aclObject } from "./aclObject";
import { consulClient } from "./client";
import { bindingRule, policy, role } from "./kinds";
import { nodeResource } from "./node";
import { consulSchema } from "./schema";

/** The stand-in for the Consul plugin. */
export const plugin: Plugin = {
  schema: consulSchema,
  resources: (config) => {
    const client = consulClient(config);
    const aclObjects = [policy, role, bindingRule].map((kind) => aclObject(client, kind));
    return [...aclObjects, nodeResource(client, config)];
  },
};
