import type { LayeredSettings } from "../layers";
import type { Cluster } from "../model";
import { wrongValue, type Problem } from "../problem";
import { renderPath } from "../settingPath";
import { nearestSpelling } from "../spelling";
import { nameAllowed, nameProblem, predefinedRoles } from "./names";

/** What is wrong between a cluster's databases and roles, each of which may be right by itself. */
export function databaseProblems(cluster: Cluster, layered: LayeredSettings): readonly Problem[] {
  const at = (...steps: readonly (string | number)[]) => `${cluster.configPath}.${renderPath(steps)}`;
  const isRight = (...steps: readonly string[]) => !layered.isWrong(renderPath(steps));
  const { databases, roles } = cluster;
  return [
    ...names("database", databases).map((problem) => ({ ...problem, path: at("databases", problem.path) })),
    ...names("role", roles).map((problem) => ({ ...problem, path: at("roles", problem.path) })),
    ...Object.entries(databases).flatMap(([name, { owner, extensions }]) => [
      ...(isRight("databases", name, "owner")
        ? ownerProblems(owner, Object.keys(roles), at("databases", name, "owner"))
        : []),
      ...repeated(extensions, at("databases", name, "extensions")),
    ]),
    ...Object.entries(roles).flatMap(([name, { memberOf }]) =>
      memberOf.flatMap((group) => groupProblems(name, group, roles, at("roles", name, "memberOf"))),
    ),
  ];
}

/** The path is the name. */
function names(kind: "database" | "role", map: object): readonly Problem[] {
  return Object.keys(map).flatMap((name) => {
    const found = nameProblem(kind, name);
    return found === undefined ? [] : [wrongValue(name, found, `${nameAllowed}, and none of theirs`)];
  });
}

function ownerProblems(owner: string, roles: readonly string[], path: string): readonly Problem[] {
  if (roles.includes(owner)) return [];
  const found = owner === "" ? "nothing" : `the role ${JSON.stringify(owner)}, which isn't declared`;
  return [wrongValue(path, found, "the name of one of the cluster's `roles`", meant(owner, roles))];
}

function groupProblems(
  name: string,
  group: string,
  roles: Cluster["roles"],
  path: string,
): readonly Problem[] {
  const allowed = "another of the cluster's `roles`, or one of PostgreSQL's own for members";
  if (predefinedRoles.includes(group)) return [];
  if (!Object.hasOwn(roles, group)) {
    const known = [...Object.keys(roles).filter((other) => other !== name), ...predefinedRoles];
    const found = `the role ${JSON.stringify(group)}, which isn't declared`;
    return [wrongValue(path, found, allowed, meant(group, known))];
  }
  if (!isWithin(group, name, roles)) return [];
  const found = group === name ? "the role itself" : `\`${group}\`, which is itself a member of \`${name}\``;
  return [wrongValue(path, found, allowed)];
}

/** Whether a role is another one or, directly or not, a member of it. */
function isWithin(
  role: string,
  group: string,
  roles: Cluster["roles"],
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (role === group) return true;
  if (seen.has(role) || !Object.hasOwn(roles, role)) return false;
  const next = new Set([...seen, role]);
  return roles[role]?.memberOf.some((one) => isWithin(one, group, roles, next)) ?? false;
}

function repeated(extensions: readonly string[], path: string): readonly Problem[] {
  const twice = extensions.find((name, index) => extensions.indexOf(name) !== index);
  return twice === undefined ? [] : [wrongValue(path, `\`${twice}\` twice`, "each extension once")];
}

function meant(word: string, known: readonly string[]): string | undefined {
  const near = nearestSpelling(word, known);
  return near === undefined ? undefined : `Did you mean \`${near}\`?`;
}
