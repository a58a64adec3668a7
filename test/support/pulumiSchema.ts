import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { Fields, Shape } from "./typeShape";

/** One property in a Pulumi package schema, as far as it is looked at. */
export interface SchemaProperty {
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly items?: SchemaProperty;
  readonly additionalProperties?: SchemaProperty;
  readonly $ref?: string;
  readonly secret?: boolean;
  readonly willReplaceOnChanges?: boolean;
}

type SchemaProperties = Readonly<Record<string, SchemaProperty>>;

/** One resource type in a Pulumi package schema. */
export interface SchemaResource {
  readonly properties: SchemaProperties;
  readonly required?: readonly string[];
  readonly inputProperties: SchemaProperties;
  readonly requiredInputs?: readonly string[];
  readonly stateInputs?: { readonly properties: SchemaProperties };
}

/** One object type in a Pulumi package schema. */
interface SchemaType {
  readonly properties: SchemaProperties;
  readonly required?: readonly string[];
  /** Node.js sees more fields in outputs as always there than the schema requires in inputs. */
  readonly language?: { readonly nodejs?: { readonly requiredOutputs?: readonly string[] } };
}

/** A Pulumi package schema. https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/ */
export interface PulumiSchema {
  readonly config: { readonly variables: SchemaProperties };
  readonly provider: { readonly inputProperties: SchemaProperties };
  readonly resources: Readonly<Record<string, SchemaResource>>;
  readonly types: Readonly<Record<string, SchemaType>>;
}

/** Where the published Nomad package's schema is kept, if it is: beside the checkout, never in it. */
export const nomadSchemaFile = path.join(__dirname, "../../../shared/nomad.schema.json");

/** The published Nomad package's schema; undefined where it isn't. */
export function readNomadSchema(): PulumiSchema | undefined {
  if (!existsSync(nomadSchemaFile)) return undefined;
  return JSON.parse(readFileSync(nomadSchemaFile, "utf8")) as PulumiSchema;
}

/** Properties in the compiler's terms. */
export function schemaFields(
  schema: PulumiSchema,
  properties: SchemaProperties,
  required: readonly string[],
  direction: "input" | "output",
): Fields {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      { optional: !required.includes(name), shape: shapeOf(schema, property, direction) },
    ]),
  );
}

function shapeOf(schema: PulumiSchema, property: SchemaProperty, direction: "input" | "output"): Shape {
  if (property.$ref !== undefined) return { object: typeFields(schema, property.$ref, direction) };
  switch (property.type) {
    case "string":
    case "number":
    case "boolean":
      return property.type;
    case "integer":
      return "number";
    case "array":
      return { list: shapeOf(schema, property.items ?? {}, direction) };
    case "object":
      return { map: shapeOf(schema, property.additionalProperties ?? {}, direction) };
    case undefined:
    default:
      throw new Error(`a property has neither type nor $ref: ${JSON.stringify(property)}`);
  }
}

function typeFields(schema: PulumiSchema, ref: string, direction: "input" | "output"): Fields {
  const type = schema.types[ref.replace("#/types/", "")];
  if (type === undefined) throw new Error(`the schema has no type ${ref}`);
  const always = type.required ?? [];
  const required = direction === "output" ? (type.language?.nodejs?.requiredOutputs ?? always) : always;
  return schemaFields(schema, type.properties, required, direction);
}
