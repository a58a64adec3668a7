/** A property's type. `items` and `values` are the types of a list's items and of a map's values. */
export type PropertyType =
  | { readonly kind: "string" | "boolean" | "integer" }
  | { readonly kind: "list"; readonly items: PropertyType }
  | { readonly kind: "map"; readonly values: PropertyType }
  | { readonly kind: "object"; readonly properties: Readonly<Record<string, FieldSchema>> };

/** One field of an object type, or one output. */
export interface FieldSchema {
  readonly type: PropertyType;
  /** An input that must be given; an output that always has a value. */
  readonly required?: true;
  /** Never shown, and encrypted in the state. */
  readonly secret?: true;
  /** Known to the real plugin and refused here; the text says why and what to do instead. */
  readonly refused?: string;
}

/** One input. */
export interface InputSchema extends FieldSchema {
  /** A change makes a new resource. */
  readonly replaces?: true;
  /** What an absent input is taken for. */
  readonly default?: string | number | boolean;
  /** Where the server decides when the input is absent: taking the input away is no change. */
  readonly computed?: true;
  /** The order of a list's items means nothing. */
  readonly unordered?: true;
  /** An absent name becomes the resource's name with a random tail. */
  readonly autoName?: true;
}

/** A resource type: what a program may say, and what it gets. */
export interface ResourceSchema {
  readonly token: string;
  readonly inputs: Readonly<Record<string, InputSchema>>;
  /** All outputs; inputs come back under their own names and are among them. */
  readonly outputs: Readonly<Record<string, FieldSchema>>;
}

/** A plugin: its settings and its resource types. */
export interface PackageSchema {
  readonly name: string;
  /** The version that it stands in for. */
  readonly version: string;
  readonly config: Readonly<Record<string, FieldSchema>>;
  readonly resources: readonly ResourceSchema[];
}

export const string: PropertyType = { kind: "string" };
export const boolean: PropertyType = { kind: "boolean" };
export const integer: PropertyType = { kind: "integer" };
export const listOf = (items: PropertyType): PropertyType => ({ kind: "list", items });
export const mapOf = (values: PropertyType): PropertyType => ({ kind: "map", values });
export const objectOf = (properties: Readonly<Record<string, FieldSchema>>): PropertyType => ({
  kind: "object",
  properties,
});

/** Names of the outputs that the schema declares secret. */
export function secretOutputs(schema: ResourceSchema): string[] {
  return Object.entries(schema.outputs)
    .filter(([, output]) => output.secret)
    .map(([name]) => name);
}
