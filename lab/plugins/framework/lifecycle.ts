import { checkInputs } from "./check";
import type { Checked } from "./check";
import { diffInputs } from "./diff";
import type { Changes } from "./diff";
import { PartialFailure, PluginFailure } from "./failure";
import type { Operation, ResourceType } from "./plugin";
import { redact } from "./redaction";
import { secretOutputs } from "./schema";
import { unknown } from "./values";
import type { Bag, DecodedBag, Value } from "./values";

/** A resource as it goes back to the engine. */
export interface Written {
  readonly id: string;
  readonly outputs: Bag;
  readonly secrets: ReadonlySet<string>;
}

/** Checks by the schema, then, when that holds, by the resource type's own rules. */
export async function check(
  resource: ResourceType,
  olds: DecodedBag,
  news: DecodedBag,
  operation: Operation,
): Promise<Checked> {
  const checked = checkInputs(resource.schema, news.values, olds.values, operation.name);
  if (checked.failures.length > 0 || resource.check === undefined) return checked;
  const further = await resource.check(checked.inputs, operation);
  return { inputs: further.inputs ?? checked.inputs, failures: further.failures ?? [] };
}

/** What a diff looks at. */
export interface DiffRequest {
  readonly outputs: DecodedBag;
  readonly inputs: DecodedBag;
  readonly news: DecodedBag;
  /** `ignoreChanges` of the resource. */
  readonly ignored: readonly string[];
}

/** The changes between the resource as it is and what the program says now. */
export async function diff(
  resource: ResourceType,
  request: DiffRequest,
  operation: Operation,
): Promise<Changes> {
  const news = request.news.values;
  const found = diffInputs(resource.schema, request.inputs.values, news, resource.equality);
  const changes = new Map([...found].filter(([name]) => !request.ignored.includes(name)));
  return resource.diff === undefined
    ? changes
    : resource.diff(changes, request.outputs.values, news, operation);
}

/** Creates; in a preview, tells what is known of it beforehand. */
export async function create(
  resource: ResourceType,
  inputs: DecodedBag,
  preview: boolean,
  operation: Operation,
): Promise<Written> {
  const secrets = secretNames(resource, inputs);
  if (preview) return { id: "", outputs: foreseen(resource, inputs.values), secrets };
  const state = await guarded(inputs.values, secrets, () => resource.create(inputs.values, operation));
  return { ...state, secrets };
}

/** Looks the resource up on its server. Inputs are empty when it is being imported. */
export async function read(
  resource: ResourceType,
  state: { readonly id: string; readonly outputs: DecodedBag },
  inputs: DecodedBag,
  operation: Operation,
): Promise<(Written & { readonly inputs: Bag }) | undefined> {
  const secrets = secretNames(resource, inputs, state.outputs);
  const known = { id: state.id, outputs: state.outputs.values };
  const found = await guarded(known.outputs, secrets, () => resource.read(known, inputs.values, operation));
  return found === undefined ? undefined : { ...found, secrets };
}

/** What an update looks at. */
export interface UpdateRequest {
  readonly id: string;
  readonly outputs: DecodedBag;
  readonly olds: DecodedBag;
  readonly news: DecodedBag;
  readonly preview: boolean;
}

/** Updates; in a preview, tells what is known of it beforehand. */
export async function update(
  resource: ResourceType,
  request: UpdateRequest,
  operation: Operation,
): Promise<Written> {
  const { id, olds, news } = request;
  const secrets = secretNames(resource, news);
  if (request.preview) return { id, outputs: foreseen(resource, news.values), secrets };
  const state = { id, outputs: request.outputs.values };
  const outputs = await guarded(news.values, secrets, () =>
    resource.update(state, olds.values, news.values, operation),
  );
  return { id, outputs, secrets };
}

function secretNames(resource: ResourceType, ...bags: readonly DecodedBag[]): ReadonlySet<string> {
  return new Set([...secretOutputs(resource.schema), ...bags.flatMap((bag) => [...bag.secrets])]);
}

function foreseen(resource: ResourceType, inputs: Bag): Bag {
  const names = Object.keys(resource.schema.outputs);
  const computed = names.filter(
    (name) => !(name in resource.schema.inputs) || resource.schema.inputs[name]?.computed,
  );
  const unknowns = Object.fromEntries(computed.map((name): [string, Value] => [name, unknown]));
  return { ...unknowns, ...resource.foresee?.(inputs), ...inputs };
}

/** Keeps secrets out of whatever a method throws. */
async function guarded<T>(values: Bag, secrets: ReadonlySet<string>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = redact(error instanceof Error ? error.message : String(error), values, secrets);
    if (error instanceof PartialFailure) throw new PartialFailure(message, error.id, error.outputs, secrets);
    throw error instanceof PluginFailure ? new PluginFailure(message) : new Error(message);
  }
}
