import type { Operation, PluginConfig, ResourceType } from "../framework/plugin";
import { textOf } from "../framework/values";
import type { Bag } from "../framework/values";
import type { ConsulClient, ConsulRequest } from "./client";
import { nodeSchema } from "./schema";

/** What of `GET /v1/catalog/node/<name>` is looked at. */
interface CatalogNode {
  readonly Node: { readonly Address: string; readonly Meta?: Readonly<Record<string, string>> } | null;
}

/** `consul.Node`: a node of the catalog that no agent looks after. Its ID is `<name>-<address>`. */
export function nodeResource(client: ConsulClient, config: PluginConfig): ResourceType {
  const datacenterOf = async (inputs: Bag, operation: Operation): Promise<string> => {
    const given = inputs["datacenter"] ?? config["datacenter"];
    if (typeof given === "string") return given;
    const purpose = "ask in which datacenter Consul's agent is";
    const self = (await client.read({ path: "agent/self", purpose, operation })) as {
      readonly Config: { readonly Datacenter: string };
    };
    return self.Config.Datacenter;
  };
  const register = async (inputs: Bag, operation: Operation): Promise<Bag> => {
    const datacenter = await datacenterOf(inputs, operation);
    await client.write(request("register", "catalog/register", inputs, operation), {
      Node: textOf(inputs, "name"),
      Address: textOf(inputs, "address"),
      Datacenter: datacenter,
      NodeMeta: inputs["meta"] ?? {},
    });
    return { ...inputs, datacenter };
  };
  return {
    schema: nodeSchema,
    create: async (inputs, operation) => {
      const outputs = await register(inputs, operation);
      return { id: `${textOf(inputs, "name")}-${textOf(inputs, "address")}`, outputs };
    },
    update: (state, _olds, news, operation) =>
      register({ datacenter: textOf(state.outputs, "datacenter"), ...news }, operation),
    read: async ({ id, outputs }, inputs, operation) => {
      const path = `catalog/node/${encodeURIComponent(textOf(outputs, "name"))}`;
      const found = (await client.read(request("read", path, outputs, operation))) as CatalogNode | undefined;
      if (found?.Node == null) return undefined;
      const { Address: address, Meta = {} } = found.Node;
      const seen = { address, ...(Object.keys(Meta).length > 0 && { meta: Meta }) };
      return { id, outputs: { ...without(outputs), ...seen }, inputs: { ...without(inputs), ...seen } };
    },
    delete: async ({ outputs }, operation) => {
      await client.write(request("deregister", "catalog/deregister", outputs, operation), {
        Node: textOf(outputs, "name"),
        Datacenter: textOf(outputs, "datacenter"),
      });
    },
  };
}

/** All but what Consul has now. */
function without(bag: Bag): Bag {
  return Object.fromEntries(Object.entries(bag).filter(([name]) => name !== "meta" && name !== "address"));
}

function request(verb: string, path: string, inputs: Bag, operation: Operation): ConsulRequest {
  return { path, purpose: `${verb} the node "${textOf(inputs, "name")}"`, operation };
}
