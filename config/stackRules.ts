import { clusterNames } from "../patroni/names";
import type { LayeredSettings } from "./layers";
import type { Cluster } from "./model";
import { wrongValue, type Problem } from "./problem";

/** A cluster and where its settings come from. */
export interface SettledCluster {
  readonly cluster: Cluster;
  readonly layered: LayeredSettings;
  /** Whether the name is allowed, so that what is derived from it can be compared. */
  readonly isNameRight: boolean;
}

/** What is wrong between clusters, each of which may be right by itself. */
export function stackProblems(clusters: readonly SettledCluster[]): Problem[] {
  const named = clusters.filter(({ isNameRight }) => isNameRight);
  return [
    ...missingNetworks(clusters),
    ...sharedServices(named),
    ...sharedSecrets(named),
    ...sharedPorts(clusters),
  ];
}

/** Missing for all, or for most: it is reported where one line sets it for all of them. */
function missingNetworks(clusters: readonly SettledCluster[]): Problem[] {
  const without = clusters.filter(
    ({ cluster, layered }) =>
      cluster.replicationNetworks.length === 0 && !layered.isWrong("networks.replication"),
  );
  const [first] = without;
  if (first === undefined) return [];
  const others = without.length === 1 ? "" : ` and ${without.length - 1} more`;
  return [
    wrongValue(
      "platform.networks.replication",
      "nothing",
      "a list of at least one network in CIDR notation",
      `\`${first.cluster.configPath}\`${others} set none of their own: name the networks of the members' nodes.`,
    ),
  ];
}

/** `acme-primary` would be both a tenant's service and the service of the leader of `acme`. */
function sharedServices(clusters: readonly SettledCluster[]): Problem[] {
  const owners = new Map<string, Cluster>();
  return clusters.flatMap(({ cluster }) => {
    const { apiService, postgresService, primaryService, replicaService } = clusterNames(cluster);
    const services = [apiService, postgresService, primaryService, replicaService];
    const shared = services.find((service) => owners.has(service));
    for (const service of services) owners.set(service, owners.get(service) ?? cluster);
    if (shared === undefined) return [];
    const owner = owners.get(shared)?.configPath ?? "";
    const found = `a name whose Consul service \`${shared}\` is also that of \`${owner}\``;
    return [wrongValue(cluster.configPath, found, "a name whose services are its own")];
  });
}

/** A generated secret belongs to its cluster, so it is the one that names it as existing that is wrong. */
function sharedSecrets(clusters: readonly SettledCluster[]): Problem[] {
  const owners = new Map<string, Cluster>();
  const isExisting = ({ cluster }: SettledCluster) => cluster.credentials.kind === "existing";
  return [...clusters]
    .sort((a, b) => Number(isExisting(a)) - Number(isExisting(b)))
    .flatMap((settled) => {
      const { cluster, layered } = settled;
      const { mount, path } = cluster.credentials;
      if (layered.isWrong("credentials") || path === "") return [];
      const owner = owners.get(`${mount}/${path}`);
      owners.set(`${mount}/${path}`, owner ?? cluster);
      if (owner === undefined) return [];
      const where = layered.pathOf("credentials.existing.path", "credentials.existing");
      const found = `the secret \`${path}\` in \`${mount}\`, which is also that of \`${owner.configPath}\``;
      return [wrongValue(where, found, "a secret of its own for each cluster")];
    });
}

/** Members of any two clusters may come to be on one node. */
function sharedPorts(clusters: readonly SettledCluster[]): Problem[] {
  const owners = new Map<number, Cluster>();
  return clusters.flatMap(({ cluster, layered }) => {
    const { postgresPort: port } = cluster;
    if (port === undefined || layered.isWrong("postgresPort")) return [];
    const owner = owners.get(port);
    owners.set(port, owner ?? cluster);
    if (owner === undefined) return [];
    const found = `${port}, which is also the port of \`${owner.configPath}\``;
    return [wrongValue(layered.pathOf("postgresPort"), found, "a port of its own for each cluster")];
  });
}
