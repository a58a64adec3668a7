import { clusterDefaults, databaseDefaults, roleDefaults } from "../defaults";
import type { Cluster } from "../model";
import { compareText } from "../problem";
import type { ClusterSettings } from "../schema/cluster";
import { parseDropWords } from "./dropWords";

/** A cluster's databases, roles and allowed drops, with the defaults applied. What contradicts is for the rules to find. */
export function resolveDatabases(
  cluster: string,
  { databases = {}, roles = {}, allow = [...clusterDefaults.allow] }: ClusterSettings,
): Pick<Cluster, "databases" | "roles" | "drops"> {
  return {
    databases: byName(databases, ({ owner = "", extensions = databaseDefaults.extensions }) => ({
      owner,
      extensions,
    })),
    roles: byName(roles, ({ login = roleDefaults.login, memberOf = roleDefaults.memberOf }) => ({
      login,
      memberOf: [...new Set(memberOf)].sort(compareText),
    })),
    drops: allow.flatMap((words) => parseDropWords(words, cluster) ?? []),
  };
}

/** In the order of the names, whatever the order in the config: it is no change to write them in another one. */
function byName<From, To>(
  map: Readonly<Record<string, From>>,
  resolve: (from: From) => To,
): Readonly<Record<string, To>> {
  const entries = Object.entries(map).sort(([a], [b]) => compareText(a, b));
  return Object.fromEntries(entries.map(([name, from]) => [name, resolve(from)]));
}
