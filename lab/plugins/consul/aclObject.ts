import type { Operation, ResourceType } from "../framework/plugin";
import type { ResourceSchema } from "../framework/schema";
import type { Bag, Value } from "../framework/values";
import type { ConsulClient, ConsulObject, ConsulRequest } from "./client";

/** A kind of object of Consul's ACL system. */
export interface AclKind {
  readonly schema: ResourceSchema;
  /** Its path below `/v1/acl/`, and what messages call it. */
  readonly path: "policy" | "role" | "binding-rule";
  readonly title: string;
  /** Consul's object for inputs. What isn't in it is empty in Consul afterwards. */
  body(inputs: Bag): ConsulObject;
  /** Outputs for Consul's object; undefined for what is empty there. */
  outputs(found: ConsulObject): Readonly<Record<string, Value | undefined>>;
}

/** A resource type for it. Its ID is the one that Consul gives. */
export function aclObject(client: ConsulClient, kind: AclKind): ResourceType {
  const request = (verb: string, inputs: Bag, operation: Operation, id?: string): ConsulRequest => {
    return {
      path: ["acl", kind.path, ...(id === undefined ? [] : [encodeURIComponent(id)])].join("/"),
      purpose: `${verb} the ${kind.title} "${nameOf(inputs) ?? id ?? ""}"`,
      operation,
    };
  };
  return {
    schema: kind.schema,
    create: async (inputs, operation) => {
      const made = (await client.write(
        request("create", inputs, operation),
        kind.body(inputs),
      )) as ConsulObject;
      return { id: String(made["ID"]), outputs: outputsOf(kind, made, inputs) };
    },
    update: async ({ id }, _olds, news, operation) => {
      const body = { ID: id, ...kind.body(news) };
      const written = await client.write(request("update", news, operation, id), body);
      return outputsOf(kind, written as ConsulObject, news);
    },
    read: async ({ id }, inputs, operation) => {
      const found = await client.read(request("read", inputs, operation, id));
      if (found === undefined) return undefined;
      const outputs = outputsOf(kind, found as ConsulObject, inputs);
      return { id, outputs, inputs: outputs };
    },
    delete: ({ id, outputs }, operation) => client.delete(request("delete", outputs, operation, id)),
  };
}

/** What messages call an object: a binding rule has no name but that of what it binds. */
function nameOf({ name, bindName }: Bag): string | undefined {
  return [name, bindName].find((one) => typeof one === "string");
}

/** Lists keep the program's order where they hold the same items; what is empty is left out unless it was given. */
function outputsOf(kind: AclKind, found: ConsulObject, inputs: Bag): Bag {
  const entries = Object.entries(kind.outputs(found)).map(([name, value]): [string, Value | undefined] => [
    name,
    inGivenOrder(value, inputs[name]),
  ]);
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

function inGivenOrder(value: Value | undefined, given: Value | undefined): Value | undefined {
  if (!Array.isArray(value) || !Array.isArray(given)) return value;
  const items = value as readonly Value[];
  const kept = (given as readonly Value[]).filter((item) => items.includes(item));
  return kept.length === items.length ? kept : items;
}

/** A text, undefined where it is empty: Consul knows no difference. */
export function textOrNothing(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A list of texts, undefined where it is empty. */
export function textsOrNothing(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}
