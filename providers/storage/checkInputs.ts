import { elements, fields } from "../../patroni/observed/json";

/** An input that can't be used: which, and why with what is allowed. */
export interface InputProblem {
  readonly property: string;
  readonly reason: string;
}

/** What Pulumi hands to `check` and `diff` in a preview for a value that isn't known yet (`unknownValue` in its runtime/rpc). */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Rule = (value: unknown) => string | undefined;

const commonRules: Readonly<Record<string, Rule>> = {
  cluster: someText,
  kind: oneOf("volume", "ephemeral"),
  members: wholeNumber(1, 100),
  nomadAddress: httpAddress,
  nomadNamespace: someText,
  nomadRegion: someText,
  consulAddress: httpAddress,
  dcsPath: keyFolder,
  jobId: someText,
  whenRemoved: oneOf("keep", "delete"),
  timeoutSeconds: wholeNumber(1, 86_400),
};

const volumeRules: Readonly<Record<string, Rule>> = {
  datacenters: someTexts,
  nodePool: someText,
  constraints: volumeConstraints,
  volumeName: someText,
  pluginId: someText,
  parameters: textMap,
  capacityMinBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  capacityMaxBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  accessMode: oneOf("single-node-single-writer"),
  attachmentMode: oneOf("file-system"),
};

/** Every input that can't be used, in the order of the fields; values that aren't known yet pass. */
export function checkInputs(inputs: Readonly<Record<string, unknown>>): readonly InputProblem[] {
  const rules = inputs["kind"] === "ephemeral" ? commonRules : { ...commonRules, ...volumeRules };
  const problems = Object.entries(rules).flatMap(([property, rule]): InputProblem[] => {
    const value = inputs[property];
    const reason = isUnknown(value) ? undefined : rule(value);
    return reason === undefined ? [] : [{ property, reason }];
  });
  return [...problems, ...combinedProblems(inputs)];
}

function combinedProblems(inputs: Readonly<Record<string, unknown>>): readonly InputProblem[] {
  const { kind, whenRemoved, capacityMinBytes, capacityMaxBytes } = inputs;
  const problems: InputProblem[] = [];
  if (kind === "ephemeral" && whenRemoved === "keep") {
    const reason = 'throw-away data can\'t be kept: "delete" is the only choice with kind "ephemeral"';
    problems.push({ property: "whenRemoved", reason });
  }
  const sizesKnown = typeof capacityMinBytes === "number" && typeof capacityMaxBytes === "number";
  if (kind === "volume" && sizesKnown && capacityMaxBytes < capacityMinBytes) {
    const reason = `${capacityMaxBytes} is less than capacityMinBytes, ${capacityMinBytes}`;
    problems.push({ property: "capacityMaxBytes", reason });
  }
  return problems;
}

function isUnknown(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes(unknownValue);
}

function someText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== ""
    ? undefined
    : `must be a text, found ${shown(value)}`;
}

function someTexts(value: unknown): string | undefined {
  const texts = elements(value);
  const fine = texts.length > 0 && texts.every((item) => someText(item) === undefined);
  return fine ? undefined : `must be a list of one or more texts, found ${shown(value)}`;
}

function textMap(value: unknown): string | undefined {
  const fine = Object.values(fields(value)).every((item) => typeof item === "string");
  return fine ? undefined : `must hold texts only, found ${shown(value)}`;
}

function oneOf(...allowed: readonly string[]): Rule {
  return (value) =>
    allowed.some((item) => item === value)
      ? undefined
      : `must be ${allowed.map((item) => `"${item}"`).join(" or ")}, found ${shown(value)}`;
}

function wholeNumber(least: number, most: number): Rule {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}, found ${shown(value)}`;
}

function httpAddress(value: unknown): string | undefined {
  const fine = typeof value === "string" && /^https?:\/\/[^\s/]+/.test(value);
  return fine ? undefined : `must be a URL such as "http://127.0.0.1:4646", found ${shown(value)}`;
}

/** Two parts at least: everything below the folder is deleted with the data, never a whole `operations/`. */
function keyFolder(value: unknown): string | undefined {
  const fine = typeof value === "string" && /^[^/\s]+(\/[^/\s]+)+$/.test(value);
  return fine
    ? undefined
    : `must be a folder of two or more parts, such as "operations/acme", found ${shown(value)}`;
}

/** Nomad refuses these two on volumes (`HostVolume.Validate` in its nomad/structs/host_volumes.go). */
function volumeConstraints(value: unknown): string | undefined {
  if (!Array.isArray(value)) return `must be a list of constraints, found ${shown(value)}`;
  const distinct = value
    .map((item: unknown) => fields(item)["operator"])
    .find((operator) => operator === "distinct_hosts" || operator === "distinct_property");
  return distinct === undefined
    ? undefined
    : `${shown(distinct)} can't constrain volumes; volumes of one name are always on distinct nodes, so leave it out`;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
