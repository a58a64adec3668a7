import { isList, isRecord } from "./values";
import type { Bag, Value } from "./values";

const shortestSecret = 4;

/** Blots the secret values of `values` (also those inside JSON text) out of a message. */
export function redact(message: string, values: Bag, secrets: ReadonlySet<string>): string {
  const texts = Object.entries(values)
    .filter(([name]) => secrets.has(name))
    .flatMap(([, value]) => leaves(value))
    .filter((text) => text.length >= shortestSecret)
    // A secret may contain a shorter one.
    .sort((left, right) => right.length - left.length);
  return texts.reduce((blotted, text) => blotted.split(text).join("[secret]"), message);
}

function leaves(value: Value): string[] {
  if (isList(value)) return value.flatMap(leaves);
  if (isRecord(value)) return Object.values(value).flatMap(leaves);
  return typeof value === "string" ? [value, ...leavesOfJson(value)] : [];
}

function leavesOfJson(text: string): string[] {
  if (!text.trimStart().startsWith("{")) return [];
  try {
    return leaves(JSON.parse(text) as Value);
  } catch {
    return [];
  }
}
