import { fields, number, text, type Fields } from "../../patroni/observed/json";
import { versionVariable } from "../../patroni/rotation";
import { ProviderFailure } from "../failure";
import { nomadApi, parseJson, send, statusError, type HttpRequest } from "../http";
import { placeQuery } from "../nomadPlace";
import type { RotationInputs } from "./model";

/** The variable in Nomad that names the secret's version which members render. */
export interface PinnedVersion {
  /** Undefined where it doesn't say: members render the latest. */
  readonly version: number | undefined;
  readonly modifyIndex: number;
  /** All that is in the variable. */
  readonly items: Fields;
}

/** Reads the variable. Throws an HttpError. */
export async function readPinnedVersion(inputs: RotationInputs): Promise<PinnedVersion> {
  const api = nomadApi(inputs.nomadAddress);
  const get = request(inputs, "GET", "read");
  const reply = await send(api, get);
  if (reply.status === 404) return { version: undefined, modifyIndex: 0, items: {} };
  if (reply.status >= 300) throw statusError(api, get, reply);
  const variable = fields(parseJson(api, get, reply));
  const items = fields(variable["Items"]);
  const value = text(items[placeOfVersion(inputs).item]) ?? "";
  const version = /^\d+$/.test(value) ? Number(value) : undefined;
  return { version, modifyIndex: number(variable["ModifyIndex"]) ?? 0, items };
}

/** Names another version by check-and-set. Throws a ProviderFailure where somebody else did meanwhile, or an HttpError. */
export async function pinVersion(
  inputs: RotationInputs,
  { modifyIndex, items }: PinnedVersion,
  version: number,
): Promise<void> {
  const { item } = placeOfVersion(inputs);
  await putItems(inputs, modifyIndex, { ...items, [item]: String(version) });
}

/** Takes the name of a version away. What else is in the variable stays. */
export async function unpinVersion(inputs: RotationInputs): Promise<void> {
  const { modifyIndex, items } = await readPinnedVersion(inputs);
  const { item } = placeOfVersion(inputs);
  const rest = Object.fromEntries(Object.entries(items).filter(([name]) => name !== item));
  if (modifyIndex === 0 || !Object.hasOwn(items, item)) return;
  if (Object.keys(rest).length > 0) await putItems(inputs, modifyIndex, rest);
  else await write(inputs, request(inputs, "DELETE", "destroy", { cas: String(modifyIndex) }));
}

async function putItems(inputs: RotationInputs, modifyIndex: number, Items: Fields): Promise<void> {
  const { path } = placeOfVersion(inputs);
  await write(inputs, {
    ...request(inputs, "PUT", "write", { cas: String(modifyIndex) }),
    body: { Namespace: inputs.nomadNamespace, Path: path, Items },
  });
}

async function write(inputs: RotationInputs, change: HttpRequest): Promise<void> {
  const api = nomadApi(inputs.nomadAddress);
  const reply = await send(api, change);
  if (reply.status === 409)
    throw new ProviderFailure(
      `the variable ${placeOfVersion(inputs).path} was changed by somebody else just now`,
      ["another pulumi up may be changing the same passwords: run this one again when it is over"],
    );
  if (reply.status >= 300) throw statusError(api, change, reply);
}

function placeOfVersion(inputs: RotationInputs): ReturnType<typeof versionVariable> {
  return versionVariable(inputs.jobId, inputs);
}

function request(
  inputs: RotationInputs,
  method: HttpRequest["method"],
  right: string,
  query: Readonly<Record<string, string>> = {},
): HttpRequest {
  const { path } = placeOfVersion(inputs);
  return {
    method,
    path: `/v1/var/${path.split("/").map(encodeURIComponent).join("/")}`,
    query: { ...placeQuery(inputs), ...query },
    right: `variables { path "${path}" { capabilities = ["${right}"] } }`,
  };
}
