import { clusterNames, dcsPath } from "../../patroni/names";
import type { Cluster, Platform } from "../model";
import { wrongValue } from "../problem";
import type { GuardRail } from "./guardRail";

/**
 * No two clusters have one volume name, one folder in Consul or one job: they would write over each other's data.
 * All three follow from names that differ; this holds whatever they follow from. Services and secrets that clusters
 * share are refused by `stackProblems`.
 */
export const nothingShared: GuardRail = {
  id: "nothing-shared",
  of: "stack",
  problems({ platform, clusters }) {
    const owners = new Map<string, Cluster>();
    return clusters.flatMap(({ cluster, isNameRight }) => {
      if (!isNameRight) return [];
      const places = placesOf(cluster, platform);
      const shared = places.filter((place) => owners.has(place));
      for (const place of places) owners.set(place, owners.get(place) ?? cluster);
      return shared.map((place) => {
        const found = `the ${place}, which is also that of \`${owners.get(place)?.configPath ?? ""}\``;
        return wrongValue(cluster.configPath, found, "a place of its own for each cluster's data");
      });
    });
  },
};

function placesOf(cluster: Cluster, platform: Platform): readonly string[] {
  const volume = cluster.storage.type === "volume" ? [`volume name \`${cluster.storage.volumeName}\``] : [];
  return [
    ...volume,
    `folder \`${dcsPath(platform.consul.keyPrefix, cluster)}\` in Consul`,
    `job \`${clusterNames(cluster).job}\``,
  ];
}
