/**
 * Careful reading of JSON that a server sent: a field that is absent or of another type is `undefined`, never an
 * exception, because one odd document must not end a wait.
 */

/** A JSON object's fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value's fields, none if it isn't an object. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The value's elements, none if it isn't an array. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The value if it is a string that isn't empty. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value if it is a finite number. */
export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The value's numeric fields, by name. */
export function counts(value: unknown): Readonly<Record<string, number>> {
  const entries = Object.entries(fields(value)).filter(([, count]) => typeof count === "number");
  return Object.fromEntries(entries) as Record<string, number>;
}

/** The value's fields as text, by name. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields(value)).map(([key, item]) => [key, String(item)]));
}

/** The fields of a JSON document, none if it can't be parsed. */
export function parsedFields(document: string): Fields {
  try {
    return fields(JSON.parse(document));
  } catch {
    return {};
  }
}
