import type { Cluster } from "../../config/model";
import { accessDatabases, databaseGroups } from "./accessNames";

/**
 * Lines of pg_hba by which the logins of a database's groups get into that database, from the client networks, and into
 * no other: they could leave large objects in one, and a role that owns something elsewhere can't be dropped.
 *
 * `+group` stands for its members. https://www.postgresql.org/docs/17/auth-pg-hba-conf.html
 */
export function accessAuthentication(cluster: Cluster): readonly string[] {
  return accessDatabases(cluster.access).flatMap((database) => {
    const members = Object.values(databaseGroups(database).kinds)
      .map((group) => `+${group}`)
      .join(",");
    return [
      ...cluster.clientNetworks.map((network) => `host "${database}" ${members} ${network} scram-sha-256`),
      `host all ${members} all reject`,
    ];
  });
}
