import { PluginFailure } from "../framework/failure";
import type { Operation, ReadState, ResourceType, State } from "../framework/plugin";
import { isRecord, sameValue, textOf, textsOf } from "../framework/values";
import type { Bag, Value } from "../framework/values";
import type { VaultClient, VaultRequest } from "./client";
import { secretV2Schema } from "./schema";

/** `vault.kv.SecretV2`: a secret in a KV version 2 engine. Its ID is `<mount>/data/<name>`. */
export function secretV2Resource(client: VaultClient): ResourceType {
  return {
    schema: secretV2Schema,
    check: (inputs) => Promise.resolve({ failures: dataFailures(inputs) }),
    equality: (input, old, value) =>
      input === "dataJson" && typeof old === "string" && typeof value === "string" && sameJson(old, value),
    foresee: (inputs) => ({ path: pathOf(inputs, "data") }),
    create: (inputs, operation) => write(client, inputs, operation),
    update: async (_state, _olds, news, operation) => (await write(client, news, operation)).outputs,
    read: (state, inputs, operation) => read(client, state, inputs, operation),
    delete: async (state, operation) => {
      const part = state.outputs["deleteAllVersions"] === true ? "metadata" : "data";
      await client.delete(requestFor("delete", pathOf(state.outputs, part), operation));
    },
  };
}

function dataFailures(inputs: Bag): { property: string; reason: string }[] {
  const text = inputs["dataJson"];
  if (text === undefined) {
    return [{ property: "dataJson", reason: `"dataJson" is missing: it must be a JSON object as text` }];
  }
  if (typeof text !== "string" || dataOf(text) !== undefined) return [];
  return [{ property: "dataJson", reason: `"dataJson" must be a JSON object as text` }];
}

async function write(client: VaultClient, inputs: Bag, operation: Operation): Promise<State> {
  const id = pathOf(inputs, "data");
  const data = dataOf(textOf(inputs, "dataJson"));
  const cas = inputs["cas"];
  const options = { ...textsOf(inputs, "options"), ...(typeof cas === "number" ? { cas } : {}) };
  await client.write(requestFor("write", id, operation), { data, options });
  if (isRecord(inputs["customMetadata"])) {
    const path = pathOf(inputs, "metadata");
    await client.write(requestFor("write", path, operation), apiMetadata(inputs["customMetadata"]));
  }
  const written = await read(client, { id, outputs: inputs }, inputs, operation);
  if (written !== undefined) return written;
  throw new PluginFailure(
    `the secret ${id} was written, but can't be found: is the engine at "${textOf(inputs, "mount")}" KV version 2?`,
  );
}

async function read(
  client: VaultClient,
  state: State,
  inputs: Bag,
  operation: Operation,
): Promise<ReadState | undefined> {
  const [mount = "", name = ""] = state.id.split(/\/data\/(.*)/s);
  const known: Bag = { ...state.outputs, mount, name, path: state.id };
  if (known["disableRead"] === true) {
    return { id: state.id, outputs: { data: {}, metadata: {}, customMetadata: {}, ...known }, inputs };
  }
  const found = await client.read(requestFor("read", state.id, operation));
  if (found === undefined) return undefined;
  const data = found["data"] as Readonly<Record<string, Value>>;
  const customMetadata = await readMetadata(client, `${mount}/metadata/${name}`, operation);
  const given = inputs["dataJson"];
  // The program's own spelling where it means what Vault has.
  const text = JSON.stringify(data);
  const dataJson = typeof given === "string" && sameJson(given, text) ? given : text;
  const outputs: Bag = {
    ...known,
    data: texts(data),
    dataJson,
    metadata: texts(found["metadata"]),
    customMetadata,
  };
  return { id: state.id, outputs, inputs: driftOf(inputs, { mount, name, dataJson }, customMetadata) };
}

/** Inputs as the program would have to say them now. Without any, the resource is being imported. */
function driftOf(inputs: Bag, found: Bag, customMetadata: Bag): Bag {
  const given = inputs["customMetadata"];
  if (!isRecord(given)) return { ...inputs, ...found };
  const fields = Object.keys(given).map((field): [string, Value] => [field, customMetadata[field] ?? null]);
  return {
    ...inputs,
    ...found,
    customMetadata: Object.fromEntries(fields.filter(([, value]) => value !== null)),
  };
}

async function readMetadata(client: VaultClient, path: string, operation: Operation): Promise<Bag> {
  const found = await client.read(requestFor("read", path, operation));
  if (found === undefined) return {};
  return {
    casRequired: found["cas_required"] === true,
    data: texts(found["custom_metadata"]),
    deleteVersionAfter: seconds(found["delete_version_after"]),
    maxVersions: typeof found["max_versions"] === "number" ? found["max_versions"] : 0,
  };
}

function apiMetadata(given: Bag): Record<string, unknown> {
  const fields: readonly (readonly [string, Value | undefined])[] = [
    ["cas_required", given["casRequired"]],
    ["custom_metadata", given["data"]],
    ["delete_version_after", given["deleteVersionAfter"]],
    ["max_versions", given["maxVersions"]],
  ];
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** Vault takes seconds and answers Go's `3h25m19s`. */
function seconds(duration: unknown): number {
  if (typeof duration !== "string") return 0;
  const sizes: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
  const parts = [...duration.matchAll(/([\d.]+)([hms])/g)];
  return parts.reduce((sum, [, count = "0", unit = ""]) => sum + Number(count) * (sizes[unit] ?? 0), 0);
}

/** A map of texts; what is no text is written as JSON, as the real provider does. */
function texts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([key, item]) => [key, typeof item === "string" ? item : JSON.stringify(item)]),
  );
}

function dataOf(text: string): Bag | undefined {
  try {
    const data = JSON.parse(text) as Value;
    return isRecord(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function sameJson(left: string, right: string): boolean {
  const [leftData, rightData] = [dataOf(left), dataOf(right)];
  return leftData !== undefined && sameValue(leftData, rightData);
}

function pathOf(inputs: Bag, part: "data" | "metadata"): string {
  return `${textOf(inputs, "mount")}/${part}/${textOf(inputs, "name")}`;
}

function requestFor(verb: string, path: string, operation: Operation): VaultRequest {
  return { path, purpose: `${verb} the secret ${path}`, operation };
}
