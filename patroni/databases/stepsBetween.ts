import { own, type Found, type Objects } from "./model";
import { planDatabases, planExtensions } from "./planDatabases";
import { planRoles } from "./planRoles";
import type { Step } from "./step";

/** What brings one set of databases and roles to another, by the plans that a cluster is brought there by. */
export function stepsBetween(from: Objects, to: Objects): readonly Step[] {
  const found = asFound(from);
  return [
    ...planRoles({ wanted: to.roles, found: found.roles, applied: from.roles, drift: "correct" }),
    ...planDatabases(to.databases, found.databases),
    ...Object.entries(to.databases).flatMap(([name, database]) =>
      planExtensions(name, database, own(from.databases, name)?.extensions ?? []),
    ),
  ];
}

/** As PostgreSQL would have it; who granted what isn't known. */
function asFound({ databases, roles }: Objects): Found {
  return {
    databases: Object.fromEntries(
      Object.entries(databases).map(([name, database]) => [name, { ...database, invalid: false }]),
    ),
    roles: Object.fromEntries(
      Object.entries(roles).map(([name, { login, memberOf, attributes = [] }]) => {
        const grants = memberOf.map((group) => ({ group, grantor: "" }));
        return [name, { login, attributes, grants }];
      }),
    ),
  };
}
