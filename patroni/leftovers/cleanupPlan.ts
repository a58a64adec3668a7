import type { Leftover, LeftoverKeys } from "./model";

/** What a clean-up removes. */
export interface CleanupPlan {
  readonly removals: readonly (LeftoverKeys<"member"> | LeftoverKeys<"cluster">)[];
  /** What will happen, for people. */
  readonly lines: readonly string[];
}

/**
 * The keys that go, of one scope or of all. Volumes are never among them, because they hold data, nor slots, which
 * Patroni drops itself.
 */
export function planCleanup(leftovers: readonly Leftover[], scope: string | undefined): CleanupPlan {
  const removals = leftovers.filter(
    (each): each is CleanupPlan["removals"][number] =>
      (each.kind === "member" || each.kind === "cluster") && (scope === undefined || each.cluster === scope),
  );
  return { removals, lines: removals.flatMap(describe) };
}

function describe({
  kind,
  cluster,
  name,
  keys,
  because,
}: CleanupPlan["removals"][number]): readonly string[] {
  const what =
    kind === "cluster"
      ? `All keys of ${cluster}, a cluster that is gone`
      : `${cluster}: the entry of member ${name}`;
  return [
    `${what}. It is safe, because`,
    ...because.map((reason) => `  ${reason};`),
    ...keys.map(({ key }) => `  goes: ${key}`),
  ];
}
