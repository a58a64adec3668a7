import { versionKey } from "../../patroni/rotation";
import { elements, fields, number, text } from "../../patroni/observed/json";
import { ProviderFailure } from "../failure";
import { consulApi, parseJson, send, sendJson, statusError, type HttpRequest } from "../http";
import type { RotationInputs } from "./model";

/** The key in Consul that names the secret's version which members render. */
export interface PinnedVersion {
  /** Undefined without a key: members render the latest. */
  readonly version: number | undefined;
  readonly modifyIndex: number;
}

/** Reads the key. Throws an HttpError. */
export async function readPinnedVersion(inputs: RotationInputs): Promise<PinnedVersion> {
  const api = consulApi(inputs.consulAddress);
  const read: HttpRequest = { method: "GET", path: keyPath(inputs), right: right(inputs, "read") };
  const reply = await send(api, read);
  if (reply.status === 404) return { version: undefined, modifyIndex: 0 };
  if (reply.status >= 300) throw statusError(api, read, reply);
  const entry = fields(elements(parseJson(api, read, reply))[0]);
  const value = Buffer.from(text(entry["Value"]) ?? "", "base64").toString("utf8");
  const version = /^\d+$/.test(value) ? Number(value) : undefined;
  return { version, modifyIndex: number(entry["ModifyIndex"]) ?? 0 };
}

/** Names another version by check-and-set. Throws a ProviderFailure where somebody else did meanwhile, or an HttpError. */
export async function pinVersion(
  inputs: RotationInputs,
  { modifyIndex }: PinnedVersion,
  version: number,
): Promise<void> {
  const written = await sendJson(consulApi(inputs.consulAddress), {
    method: "PUT",
    path: keyPath(inputs),
    query: { cas: String(modifyIndex) },
    body: String(version),
    right: right(inputs, "write"),
  });
  if (written === true) return;
  throw new ProviderFailure(`the key ${keyOf(inputs)} was changed by somebody else just now`, [
    "another pulumi up may be changing the same passwords: run this one again when it is over",
  ]);
}

function keyOf(inputs: RotationInputs): string {
  return versionKey(inputs.dcsPath, inputs);
}

function keyPath(inputs: RotationInputs): string {
  return `/v1/kv/${keyOf(inputs).split("/").map(encodeURIComponent).join("/")}`;
}

function right(inputs: RotationInputs, policy: "read" | "write"): string {
  return `key_prefix "${inputs.dcsPath}/" { policy = "${policy}" }`;
}
