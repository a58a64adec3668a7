import type { Operation, ResourceType } from "../framework/plugin";
import type { PropertyType } from "../framework/schema";
import { isRecord, textOf } from "../framework/values";
import type { Bag, Value } from "../framework/values";
import type { VaultClient, VaultRequest } from "./client";
import { authBackendRoleSchema } from "./schema";

/** Inputs that aren't fields of Vault's role: they say where it is. */
const placement: ReadonlySet<string> = new Set(["backend", "roleName", "namespace", "aliasMetadata"]);

/** Inputs by the name of their field in Vault's API (`auth/jwt/role`), with their types. */
const fields: ReadonlyMap<string, { readonly input: string; readonly type: PropertyType }> = new Map(
  Object.entries(authBackendRoleSchema.inputs)
    .filter(([input]) => !placement.has(input))
    .map(([input, { type }]) => [apiName(input), { input, type }]),
);

/** `vault.jwt.AuthBackendRole`: a role of a JWT auth method. Its ID is `auth/<backend>/role/<name>`. */
export function authBackendRoleResource(client: VaultClient): ResourceType {
  const write = async (id: string, inputs: Bag, removed: Bag, operation: Operation): Promise<Bag> => {
    await client.write(requestFor("write", id, operation), apiRole(inputs, removed));
    return (await readRole(client, id, inputs, operation))?.outputs ?? inputs;
  };
  return {
    schema: authBackendRoleSchema,
    create: async (inputs, operation) => {
      const id = `auth/${trimmed(inputs, "backend")}/role/${trimmed(inputs, "roleName")}`;
      return { id, outputs: await write(id, inputs, {}, operation) };
    },
    update: (state, olds, news, operation) => {
      const removed = Object.fromEntries(Object.entries(olds).filter(([input]) => news[input] === undefined));
      return write(state.id, news, removed, operation);
    },
    read: async (state, inputs, operation) => {
      const found = await readRole(client, state.id, inputs, operation);
      return found === undefined ? undefined : { id: state.id, ...found };
    },
    delete: (state, operation) => client.delete(requestFor("delete", state.id, operation)),
  };
}

function apiRole(inputs: Bag, removed: Bag): Record<string, unknown> {
  const role: Record<string, unknown> = {};
  for (const [field, { input, type }] of fields) {
    const value = inputs[input];
    if (value !== undefined) role[field] = input === "boundClaims" ? claims(inputs, value) : value;
    // Writing a role leaves alone what isn't named, so what the program no longer says is written empty.
    else if (input in removed && input !== "roleType" && input !== "boundClaimsType")
      role[field] = emptyOf(type);
  }
  return role;
}

/** A bound claim may hold several values, separated by commas. */
function claims(inputs: Bag, value: Value): Value {
  if (inputs["disableBoundClaimsParsing"] === true || !isRecord(value)) return value;
  const entries = Object.entries(value).map(([claim, text]): [string, Value] => {
    if (typeof text !== "string") return [claim, text];
    return [claim, text.includes(",") ? text.split(",").map((item) => item.trim()) : text];
  });
  return Object.fromEntries(entries);
}

async function readRole(
  client: VaultClient,
  id: string,
  inputs: Bag,
  operation: Operation,
): Promise<{ outputs: Bag; inputs: Bag } | undefined> {
  const role = await client.read(requestFor("read", id, operation));
  if (role === undefined) return undefined;
  const [, backend = "", roleName = ""] = /^auth\/(.+)\/role\/(.+)$/.exec(id) ?? [];
  const outputs: Record<string, Value> = { backend, roleName };
  for (const [field, { input, type }] of fields) {
    const value = outputOf(type, role[field], inputs[input]);
    if (value !== undefined) outputs[input] = value;
  }
  const named = Object.keys(inputs).length === 0 ? outputs : inputs;
  const drifted = Object.keys(named).map((input): [string, Value] => [
    input,
    outputs[input] ?? named[input] ?? null,
  ]);
  return { outputs, inputs: Object.fromEntries(drifted.filter(([, value]) => value !== null)) };
}

/** Vault's value in the schema's type. Sets keep the program's order where they hold the same items. */
function outputOf(type: PropertyType, found: unknown, given: Value | undefined): Value | undefined {
  // Vault answers null for an empty list or map; that is drift where the program says something else.
  if (found === null && given !== undefined)
    return type.kind === "map" ? {} : type.kind === "list" ? [] : undefined;
  if (found === null || found === undefined) return undefined;
  if (type.kind === "map") {
    const entries = Object.entries(found) as [string, unknown][];
    return Object.fromEntries(
      entries.map(([key, item]) => [key, Array.isArray(item) ? item.join(",") : String(item)]),
    );
  }
  if (type.kind !== "list" || !Array.isArray(found)) return found as Value;
  const items = found.map(String);
  const inOrder = Array.isArray(given) ? (given as string[]).filter((item) => items.includes(item)) : [];
  return inOrder.length === items.length ? inOrder : items;
}

function emptyOf(type: PropertyType): unknown {
  switch (type.kind) {
    case "string":
      return "";
    case "boolean":
      return false;
    case "integer":
      return 0;
    case "list":
      return [];
    case "map":
    case "object":
      return {};
  }
}

/** `userClaimJsonPointer` → `user_claim_json_pointer`. */
function apiName(input: string): string {
  return input.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function trimmed(inputs: Bag, name: string): string {
  return textOf(inputs, name).replace(/^\/+|\/+$/g, "");
}

function requestFor(verb: string, id: string, operation: Operation): VaultRequest {
  return { path: id, purpose: `${verb} the JWT role ${id}`, operation };
}
