import { aligned } from "../patroni/alignedRows";

/** A member as the stack's output has it. */
export interface ClusterMember {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly role: string;
  readonly state: string;
}

/** The stack's output: every cluster by its name. */
export type ClustersOutput = Readonly<
  Record<
    string,
    { readonly leader: string; readonly endpoint: string; readonly members: readonly ClusterMember[] }
  >
>;

/** Lists the clusters with their leaders and members, and below it a `psql` line for each. */
export function clustersTable(clusters: ClustersOutput): string {
  const rows = Object.entries(clusters).flatMap(([cluster, { leader, members }]) =>
    members.map(({ name, host, port, role, state }, index) => [
      index === 0 ? cluster : "",
      index === 0 ? leader : "",
      name,
      role,
      state,
      `${host}:${port}`,
    ]),
  );
  return [
    ...aligned([["CLUSTER", "LEADER", "MEMBER", "ROLE", "STATE", "ADDRESS"], ...rows]),
    "",
    ...Object.entries(clusters).map(([cluster, { members }]) => psqlLine(cluster, members)),
  ].join("\n");
}

/** Finds the leader among all members, now and after a failover. */
function psqlLine(cluster: string, members: readonly ClusterMember[]): string {
  const hosts = members.map(({ host }) => host).join(",");
  const ports = members.map(({ port }) => port).join(",");
  return (
    `PGPASSWORD="$(npm run -s lab -- password ${cluster})" ` +
    `psql "host=${hosts} port=${ports} user=postgres dbname=postgres target_session_attrs=read-write"`
  );
}
