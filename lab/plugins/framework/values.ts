/**
 * Property values as they travel between the engine and a plugin, and their plain form in here.
 * The signatures and the unknowns' spellings are the engine's own (`sdk/go/common/resource/plugin/rpc.go`).
 */

/** A value that a preview can't know yet. */
export const unknown: unique symbol = Symbol("unknown");

/** A property's value, secrets unwrapped. */
export type Value =
  null | boolean | number | string | typeof unknown | readonly Value[] | { readonly [key: string]: Value };

/** Properties by name. A property without a value is absent, never null. */
export type Bag = Readonly<Record<string, Value>>;

/** Properties together with the names of those that are secret, wholly or in some part. */
export interface DecodedBag {
  readonly values: Bag;
  readonly secrets: ReadonlySet<string>;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const unknownSpellings: ReadonlySet<unknown> = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Reads properties as the engine sends them: unknowns become {@link unknown}, secrets are unwrapped and noted. */
export function decodeBag(raw: Readonly<Record<string, unknown>>): DecodedBag {
  const values: Record<string, Value> = {};
  const secrets = new Set<string>();
  for (const [name, rawValue] of Object.entries(raw)) {
    const value = decodeValue(rawValue, () => secrets.add(name));
    if (value !== null) values[name] = value;
  }
  return { values, secrets };
}

function decodeValue(raw: unknown, noteSecret: () => void): Value {
  if (unknownSpellings.has(raw)) return unknown;
  if (typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean") return raw;
  if (Array.isArray(raw)) return raw.map((item) => decodeValue(item, noteSecret));
  if (typeof raw !== "object" || raw === null) return null;
  const object = raw as Readonly<Record<string, unknown>>;
  if (object[signatureKey] === secretSignature) {
    noteSecret();
    return decodeValue(object["value"], noteSecret);
  }
  const decoded: Record<string, Value> = {};
  for (const [key, item] of Object.entries(object)) {
    const value = decodeValue(item, noteSecret);
    if (value !== null) decoded[key] = value;
  }
  return decoded;
}

/** Writes properties as the engine reads them, those named in `secrets` as secrets. */
export function encodeBag(values: Bag, secrets: ReadonlySet<string>): Record<string, JsonValue> {
  const encoded: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const plain = encodeValue(value);
    encoded[name] = secrets.has(name) ? { [signatureKey]: secretSignature, value: plain } : plain;
  }
  return encoded;
}

/** What a protobuf `Struct` can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

function encodeValue(value: Value): JsonValue {
  if (value === unknown) return unknownString;
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map(encodeValue);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeValue(item)]));
}

/** Whether a value is a list; `Array.isArray` doesn't narrow readonly arrays. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is an object or a map. */
export function isRecord(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !isList(value);
}

/** Whether a value is, or holds anywhere, something that isn't known yet. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === unknown) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isRecord(value) && Object.values(value).some(hasUnknown);
}

/** Whether two values are the same; an absent property equals nothing but an absent one. Unknowns equal nothing. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  if (left === unknown || right === unknown) return false;
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => sameValue(item, right[index]));
  }
  if (isRecord(left) && isRecord(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => sameValue(left[key], right[key]));
  }
  return left === right;
}

/** A property that is a text, or the empty text where it is anything else or absent. */
export function textOf(bag: Bag, name: string): string {
  const value = bag[name];
  return typeof value === "string" ? value : "";
}

/** A property that is a map of texts, other values left out; empty where it is anything else or absent. */
export function textsOf(bag: Bag, name: string): Record<string, string> {
  const value = bag[name];
  if (!isRecord(value)) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries);
}
