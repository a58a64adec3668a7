import type { Effect } from "../impact/effect";
import type { ResourceChanges, ReviewEffect } from "./model";

/**
 * Resources that Pulumi would replace or delete though nothing that is said of the tenant explains it: a provider that
 * asks for it, a change of this program, a removal that failed half way. What it does isn't known, so it counts as
 * the worst that the loss of a resource can be while its data is kept.
 */
export function unexplained(effects: readonly Effect[], resources: ResourceChanges): readonly ReviewEffect[] {
  const told = new Set(effects.map(({ id }) => id));
  // All of it goes; or `PatroniStorage` refuses the change before anything is done.
  if (told.has("tenant.removed") || told.has("storage.moved")) return [];
  const isTold = (name: string) =>
    (name.startsWith("Credentials ") && told.has("credentials.source")) ||
    // What was declared is kept whatever becomes of its resource; a drop is told by itself.
    name.startsWith("Databases ");
  const parts = (["replaced", "deleted"] as const).flatMap((kind) => {
    const names = resources[kind].filter((name) => !isTold(name));
    return names.length === 0 ? [] : [`${kind}: ${names.join(", ")}`];
  });
  if (parts.length === 0) return [];
  return [
    {
      id: "resources.unexplained",
      severity: "outage",
      change: parts.join("; "),
      consequence: "nothing else that is said here explains it, so look at pulumi preview --diff first",
    },
  ];
}
