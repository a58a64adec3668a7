import { PluginFailure } from "../framework/failure";

/** A jobspec in the form of Nomad's API, as far as this plugin looks into it. */
export interface Jobspec {
  readonly ID: string;
  readonly Namespace: string;
  readonly [field: string]: unknown;
}

/**
 * Reads a jobspec in JSON, with or without the outer `Job` that `nomad job run -output` writes.
 * @throws {PluginFailure} when it is no JSON object or names no job.
 */
export function parseJobspec(text: string): Jobspec {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PluginFailure(
      `jobspec is not JSON (${(error as Error).message}); with json set to true it must be`,
    );
  }
  const outer = objectOf(parsed);
  const job = "Job" in outer ? objectOf(outer["Job"]) : outer;
  const id = job["ID"];
  if (typeof id !== "string" || id === "") {
    throw new PluginFailure(`jobspec has no "ID": it must be a job in the form of Nomad's API`);
  }
  const namespace = job["Namespace"];
  return {
    ...job,
    ID: id,
    Namespace: typeof namespace === "string" && namespace !== "" ? namespace : "default",
  };
}

/** Whether two texts describe the same job, whatever the order of keys and with or without empty fields. */
export function sameJobspec(left: string, right: string): boolean {
  try {
    return sameJson(parseJobspec(left), parseJobspec(right));
  } catch {
    return false;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new PluginFailure(`jobspec is not a JSON object: it must be a job in the form of Nomad's API`);
}

function sameJson(left: unknown, right: unknown): boolean {
  if (isEmpty(left) && isEmpty(right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null)
    return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const leftEntries = new Map<string, unknown>(Object.entries(left));
  const rightEntries = new Map<string, unknown>(Object.entries(right));
  const keys = new Set([...leftEntries.keys(), ...rightEntries.keys()]);
  return [...keys].every((key) => sameJson(leftEntries.get(key), rightEntries.get(key)));
}

/** To Nomad an absent field, null, and an empty list or map are one. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}
