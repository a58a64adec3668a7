import type { InputSchema, ResourceSchema } from "./schema";
import { hasUnknown, isList, sameValue } from "./values";
import type { Bag, Value } from "./values";

/** How one input changes. */
export interface Change {
  readonly kind: "add" | "update" | "delete";
  /** Whether it makes a new resource. */
  readonly replaces: boolean;
}

/** Changes by input. Empty: nothing changes. */
export type Changes = ReadonlyMap<string, Change>;

/** Tells whether two values of one input mean the same; undefined leaves it to the common rules. */
export type Equality = (
  input: string,
  old: Value | undefined,
  value: Value | undefined,
) => boolean | undefined;

/**
 * Compares inputs by the schema. An input that isn't known yet counts as changed.
 *
 * @param equality What the resource type knows better, for example that two jobspecs are one.
 */
export function diffInputs(schema: ResourceSchema, olds: Bag, news: Bag, equality?: Equality): Changes {
  const changes = new Map<string, Change>();
  for (const [name, input] of Object.entries(schema.inputs)) {
    const old = olds[name];
    const value = news[name];
    if (sameInput(name, input, old, value, equality)) continue;
    const kind = old === undefined ? "add" : value === undefined ? "delete" : "update";
    changes.set(name, { kind, replaces: input.replaces === true });
  }
  return changes;
}

function sameInput(
  name: string,
  input: InputSchema,
  old: Value | undefined,
  value: Value | undefined,
  equality: Equality | undefined,
): boolean {
  if (sameValue(old, value)) return true;
  if (value === undefined && input.computed === true) return true;
  // State from before an input had its default, or from the real plugin, may lack it.
  if (old === undefined && input.default !== undefined && value === input.default) return true;
  if (hasUnknown(value)) return false;
  if (input.unordered === true && isList(old) && isList(value) && sameItems(old, value)) return true;
  return equality?.(name, old, value) ?? false;
}

function sameItems(left: readonly Value[], right: readonly Value[]): boolean {
  const sorted = (items: readonly Value[]): string[] => items.map((item) => JSON.stringify(item)).sort();
  return sameValue(sorted(left), sorted(right));
}
