import type { AllowedDrop } from "../model";

/** Words that allow a drop, exactly; they name the cluster, so that nothing is copied from another one. */
export function dropWords({ kind, name }: AllowedDrop, cluster: string): string {
  return `drop ${kind} ${name} of ${cluster}`;
}

/** What words allow, or undefined if they aren't exactly those of a drop in this cluster. */
export function parseDropWords(words: string, cluster: string): AllowedDrop | undefined {
  const [, kind, name = ""] = /^drop (database|role) (\S+) of \S+$/.exec(words) ?? [];
  if (kind !== "database" && kind !== "role") return undefined;
  return words === dropWords({ kind, name }, cluster) ? { kind, name } : undefined;
}
