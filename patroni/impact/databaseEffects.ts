import type { AllowedDrop } from "../../config/model";
import { noObjects, own, type Objects } from "../databases/model";
import type { Step } from "../databases/step";
import { stepsBetween } from "../databases/stepsBetween";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/** What is declared of databases and roles from now on, what isn't any more, and what is dropped. */
export function databaseEffects(
  { declared: from = { ...noObjects, drops: [] } }: TenantFacts,
  { declared: to = { ...noObjects, drops: [] } }: TenantFacts,
): readonly TenantEffect[] {
  const told = to.drops.filter((drop) => !isAmong(drop, from.drops));
  return [
    ...declarationEffects(from, to),
    ...keptEffects("database", from.databases, to.databases, told),
    ...keptEffects("role", from.roles, to.roles, told),
    ...extensionsKept(from, to),
    ...told.map(dropEffect),
  ];
}

/** By the plan that would bring the one declaration to the other. What a cluster has already isn't made again. */
function declarationEffects(from: Objects, to: Objects): readonly TenantEffect[] {
  return [...bySubject(stepsBetween(from, to))].map(([subject, ofSubject]): TenantEffect => {
    const isNew = ofSubject.some(({ remedy }) => remedy === "created");
    const consequence = ofSubject.map(({ remedy }) => remedy).join(", ");
    return isNew
      ? {
          id: "databases.created",
          severity: "none",
          change: `${subject} new`,
          consequence: `${consequence}; what is there already is taken up`,
        }
      : { id: "databases.changed", severity: "reload", change: `${subject} changed`, consequence };
  });
}

function bySubject(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const grouped = new Map<string, readonly Step[]>();
  for (const step of steps) grouped.set(step.subject, [...(grouped.get(step.subject) ?? []), step]);
  return grouped;
}

function keptEffects(
  kind: AllowedDrop["kind"],
  from: object,
  to: object,
  told: readonly AllowedDrop[],
): readonly TenantEffect[] {
  return Object.keys(from)
    .filter((name) => !Object.hasOwn(to, name) && !isAmong({ kind, name }, told))
    .map((name) => ({
      id: "databases.kept",
      severity: "none",
      change: `${kind} ${name} no longer declared`,
      consequence: kind === "database" ? "kept with all its data" : "kept",
    }));
}

function extensionsKept(from: Objects, to: Objects): readonly TenantEffect[] {
  return Object.entries(from.databases).flatMap(([name, { extensions }]) => {
    const now = own(to.databases, name)?.extensions;
    const gone = now === undefined ? [] : extensions.filter((extension) => !now.includes(extension));
    return gone.map((extension): TenantEffect => {
      const change = `extension ${extension} of database ${name} no longer declared`;
      return { id: "databases.kept", severity: "none", change, consequence: "kept" };
    });
  });
}

function dropEffect({ kind, name }: AllowedDrop): TenantEffect {
  const common = { id: "databases.dropped", change: `${kind} ${name} to be dropped` } as const;
  if (kind === "database")
    return {
      ...common,
      severity: "data loss",
      consequence: "DELETED with all its data, unless somebody is connected to it",
    };
  return { ...common, severity: "warning", consequence: "dropped, unless it owns something" };
}

function isAmong(drop: AllowedDrop, drops: readonly AllowedDrop[]): boolean {
  return drops.some(({ kind, name }) => kind === drop.kind && name === drop.name);
}
