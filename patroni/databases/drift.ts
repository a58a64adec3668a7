import type { TenantEffect } from "../impact/effect";
import { own, type Found, type Objects } from "./model";
import { planRoles, standingRole } from "./planRoles";
import { without } from "./step";
import { stepsBetween } from "./stepsBetween";

type Drift = "correct" | "adopt";

/** How what was asked for stands now, in the same form; what isn't there is left out. */
export function standingObjects(found: Found, applied: Objects, drift: Drift): Objects {
  const roles = Object.entries(applied.roles).flatMap(([name, role]) => {
    const standing = own(found.roles, name);
    return standing === undefined ? [] : [[name, standingRole(standing, role, drift)] as const];
  });
  const databases = Object.entries(applied.databases).flatMap(([name, { extensions }]) => {
    const standing = own(found.databases, name);
    if (standing === undefined) return [];
    const has = extensions.filter((extension) => standing.extensions.includes(extension));
    return [[name, { owner: standing.owner, extensions: has }] as const];
  });
  return { databases: Object.fromEntries(databases), roles: Object.fromEntries(roles) };
}

/** What others have added to declared roles and `patroni.drift: adopt` keeps: `role reporting has CREATEDB`. */
export function adoptedParts(
  found: Found,
  wanted: Objects,
  applied: Objects,
  drift: Drift,
): readonly string[] {
  if (drift === "correct") return [];
  const plan = (how: Drift) =>
    planRoles({ wanted: wanted.roles, found: found.roles, applied: applied.roles, drift: how });
  return without(plan("correct"), plan("adopt")).map(({ subject, difference }) => `${subject} ${difference}`);
}

/** What becomes of what others changed, between what was asked for last and what was found by the last look. */
export function objectDriftEffects(
  applied: Objects,
  standing: Objects,
  wanted: Objects,
): readonly TenantEffect[] {
  const ofOthers = stepsBetween(standing, applied);
  const taken = new Set(stepsBetween(standing, wanted).map(({ statement }) => statement));
  return ofOthers
    .filter(({ statement }) => taken.has(statement))
    .map(({ subject, difference, remedy }) => ({
      id: "drift.takenBack",
      severity: "reload",
      change: `${subject} ${difference} by other hands`,
      consequence: remedy,
    }));
}
