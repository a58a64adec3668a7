import { randomBytes } from "node:crypto";
import type { CheckFailure } from "./failure";
import type { FieldSchema, InputSchema, PropertyType, ResourceSchema } from "./schema";
import { closest } from "./spelling";
import { isList, isRecord, unknown } from "./values";
import type { Bag, Value } from "./values";

/** What came of checking: inputs with defaults and names filled in, and everything that is wrong with them. */
export interface Checked {
  readonly inputs: Bag;
  readonly failures: readonly CheckFailure[];
}

/**
 * Holds a program's inputs to the schema. Unknown values pass; they are checked when they are known.
 *
 * @param olds Inputs of the resource as it is, empty when it is new: a name that was made up stays.
 * @param resourceName The resource's name in the program.
 */
export function checkInputs(schema: ResourceSchema, news: Bag, olds: Bag, resourceName: string): Checked {
  const failures = [
    ...unknownProperties(schema, news),
    ...Object.entries(schema.inputs).flatMap(([name, input]) =>
      fieldFailures(name, input, news[name], input.autoName),
    ),
  ];
  const inputs: Record<string, Value> = { ...news };
  for (const [name, input] of Object.entries(schema.inputs)) {
    if (inputs[name] !== undefined) continue;
    const value = fallback(input, olds[name], resourceName);
    if (value !== undefined) inputs[name] = value;
  }
  return { inputs, failures };
}

function fallback(input: InputSchema, old: Value | undefined, resourceName: string): Value | undefined {
  if (input.default !== undefined) return input.default;
  if (input.autoName !== true) return undefined;
  // Terraform's bridge names a resource after itself with seven hexadecimal digits.
  return old ?? `${resourceName}-${randomBytes(4).toString("hex").slice(0, 7)}`;
}

function unknownProperties(schema: ResourceSchema, news: Bag): CheckFailure[] {
  const known = Object.keys(schema.inputs);
  return Object.keys(news)
    .filter((name) => !name.startsWith("__") && !known.includes(name))
    .map((name) => ({
      property: name,
      reason: `${schema.token} has no input "${name}"${suggestion(name, known)}`,
    }));
}

function suggestion(found: string, known: readonly string[]): string {
  const near = closest(found, known);
  return near === undefined ? `; it has ${known.join(", ")}` : `; did you mean "${near}"?`;
}

function fieldFailures(
  path: string,
  field: FieldSchema,
  value: Value | undefined,
  mayBeAbsent: boolean | undefined,
): CheckFailure[] {
  if (value === undefined) {
    if (field.required !== true || mayBeAbsent === true) return [];
    return [{ property: path, reason: `"${path}" is missing: it must be ${describe(field.type)}` }];
  }
  if (field.refused !== undefined) {
    return [{ property: path, reason: `"${path}" is not carried out by this stand-in: ${field.refused}` }];
  }
  return typeFailures(path, field.type, value);
}

function typeFailures(path: string, type: PropertyType, value: Value): CheckFailure[] {
  if (value === unknown) return [];
  switch (type.kind) {
    case "string":
    case "boolean":
      return typeof value === type.kind ? [] : [wrongType(path, type, value)];
    case "integer":
      return Number.isInteger(value) ? [] : [wrongType(path, type, value)];
    case "list":
      if (!isList(value)) return [wrongType(path, type, value)];
      return value.flatMap((item, index) => typeFailures(`${path}[${index}]`, type.items, item));
    case "map":
      if (!isRecord(value)) return [wrongType(path, type, value)];
      return Object.entries(value).flatMap(([key, item]) =>
        typeFailures(`${path}.${key}`, type.values, item),
      );
    case "object":
      return isRecord(value) ? objectFailures(path, type.properties, value) : [wrongType(path, type, value)];
  }
}

function objectFailures(
  path: string,
  fields: Readonly<Record<string, FieldSchema>>,
  value: Readonly<Record<string, Value>>,
): CheckFailure[] {
  const known = Object.keys(fields);
  const strays = Object.keys(value).filter((key) => !known.includes(key) && !key.startsWith("__"));
  return [
    ...strays.map((key) => ({
      property: `${path}.${key}`,
      reason: `"${path}" has no field "${key}"${suggestion(key, known)}`,
    })),
    ...Object.entries(fields).flatMap(([key, field]) =>
      fieldFailures(`${path}.${key}`, field, value[key], false),
    ),
  ];
}

function wrongType(path: string, type: PropertyType, value: Value): CheckFailure {
  const found =
    value === null
      ? "nothing"
      : isList(value)
        ? "a list"
        : isRecord(value)
          ? "an object"
          : `a ${typeof value}`;
  return { property: path, reason: `"${path}" must be ${describe(type)}, found ${found}` };
}

function describe(type: PropertyType): string {
  switch (type.kind) {
    case "string":
    case "boolean":
      return `a ${type.kind}`;
    case "integer":
      return "a whole number";
    case "list":
      return "a list";
    case "map":
      return "a map";
    case "object":
      return "an object";
  }
}
