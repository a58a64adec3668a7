import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Inputs, ResourceOptions } from "@pulumi/pulumi";

/** Version of the resource plugin that this SDK asks the engine for: the package's own, without a leading `v`. */
export function getVersion(): string {
  const text = readFileSync(join(__dirname, "..", "package.json"), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version.replace(/^v/, "");
}

/** Options that every resource of the package starts from. */
export function resourceOptsDefaults(): ResourceOptions {
  return { version: getVersion() };
}

/**
 * What a resource is registered with: the properties of `source` that are named in `from`, and, so that they become
 * outputs, those in `outputs` without a value.
 */
export function resourceInputs(
  source: object | undefined,
  from: readonly string[],
  outputs: readonly string[],
): Inputs {
  const given = new Map<string, unknown>(Object.entries(source ?? {}));
  const inputs: Inputs = {};
  for (const name of outputs) inputs[name] = undefined;
  for (const name of from) inputs[name] = given.get(name);
  return inputs;
}
