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
    const named = clusters.filter(({ isNameRight }) => isNameRight).map(({ cluster }) => cluster);
    const owned = named.map((cluster) => ({ owner: cluster, places: placesOf(cluster, platform) }));
    return sharedPlaces(owned).map(({ owner, place, first }) => {
      const found = `the ${place}, which is also that of \`${first.configPath}\``;
      return wrongValue(owner.configPath, found, "a place of its own for each cluster's data");
    });
  },
};

/** Somebody, and what must be theirs alone. */
export interface Owned<Owner> {
  readonly owner: Owner;
  readonly places: readonly string[];
}

/** Places of which there is an owner before, `first`. */
export function sharedPlaces<Owner>(
  all: readonly Owned<Owner>[],
): readonly { readonly owner: Owner; readonly place: string; readonly first: Owner }[] {
  const owners = new Map<string, { readonly owner: Owner }>();
  return all.flatMap(({ owner, places }) => {
    const shared = places.flatMap((place) => {
      const first = owners.get(place);
      return first === undefined ? [] : [{ owner, place, first: first.owner }];
    });
    for (const place of places) if (!owners.has(place)) owners.set(place, { owner });
    return shared;
  });
}

function placesOf(cluster: Cluster, platform: Platform): readonly string[] {
  const volume = cluster.storage.type === "volume" ? [`volume name \`${cluster.storage.volumeName}\``] : [];
  return [
    ...volume,
    `folder \`${dcsPath(platform.consul.keyPrefix, cluster)}\` in Consul`,
    `job \`${clusterNames(cluster).job}\``,
  ];
}
