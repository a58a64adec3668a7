import type { FieldSchema, InputSchema, PropertyType } from "../../lab/plugins/framework/schema";
import type { Fields, Shape } from "./typeShape";

/** The fields of a stand-in's schema in the compiler's terms; whole numbers are numbers there. */
export function standInFields(fields: Readonly<Record<string, FieldSchema | InputSchema>>): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      { optional: field.required !== true, shape: shapeOf(field.type) },
    ]),
  );
}

function shapeOf(type: PropertyType): Shape {
  switch (type.kind) {
    case "string":
    case "boolean":
      return type.kind;
    case "integer":
      return "number";
    case "list":
      return { list: shapeOf(type.items) };
    case "map":
      return { map: shapeOf(type.values) };
    case "object":
      return { object: standInFields(type.properties) };
  }
}
