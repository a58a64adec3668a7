import type { PendingParameter } from "../../patroni/configChange";

/** `a`, `a and b`, `a, b and c`. */
export function listNames(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** What a restart puts into effect: `max_connections 100 -> 200, shared_buffers 128MB -> 1GB`. */
export function describeParameters(parameters: readonly PendingParameter[]): string {
  return parameters
    .map(({ name, running, wanted }) => `${name} ${running || "unset"} -> ${wanted || "unset"}`)
    .join(", ");
}

/** What a restart tried: `max_connections 200 (it ran with 100)`. */
export function describeWanted(parameters: readonly PendingParameter[]): string {
  return listNames(
    parameters.map(
      ({ name, running, wanted }) => `${name} ${wanted || "unset"} (it ran with ${running || "none"})`,
    ),
  );
}

/** At most so many things in one line; the rest is counted. */
export function shortList(items: readonly string[], most = 6): string {
  if (items.length <= most) return items.join(", ");
  return `${items.slice(0, most).join(", ")} and ${items.length - most} more`;
}
