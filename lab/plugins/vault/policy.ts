import type { Operation, ResourceType } from "../framework/plugin";
import { textOf } from "../framework/values";
import type { Bag } from "../framework/values";
import type { VaultClient, VaultRequest } from "./client";
import { policySchema } from "./schema";

/** `vault.Policy`: an ACL policy. Its ID is its name. */
export function policyResource(client: VaultClient): ResourceType {
  const write = async (inputs: Bag, operation: Operation): Promise<Bag> => {
    const name = textOf(inputs, "name");
    await client.write(requestFor("write", name, operation), { policy: textOf(inputs, "policy") });
    return { name, policy: textOf(inputs, "policy") };
  };
  return {
    schema: policySchema,
    create: async (inputs, operation) => ({
      id: textOf(inputs, "name"),
      outputs: await write(inputs, operation),
    }),
    update: (_state, _olds, news, operation) => write(news, operation),
    read: async (state, _inputs, operation) => {
      const found = await client.read(requestFor("read", state.id, operation));
      if (found === undefined) return undefined;
      const policy = typeof found["policy"] === "string" ? found["policy"] : "";
      const outputs = { name: state.id, policy };
      return { id: state.id, outputs, inputs: outputs };
    },
    delete: (state, operation) => client.delete(requestFor("delete", state.id, operation)),
  };
}

function requestFor(verb: string, name: string, operation: Operation): VaultRequest {
  return { path: `sys/policies/acl/${name}`, purpose: `${verb} the policy "${name}"`, operation };
}
