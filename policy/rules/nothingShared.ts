import { nothingShared as rail, sharedPlaces } from "../../config/guardRails/nothingShared";
import { ofKind, textOf } from "../resources";
import type { PackResource, PackRule } from "../rule";

/** Judged by where the storage says that data, keys and job are. */
export const nothingShared: PackRule = {
  id: rail.id,
  description: "No two clusters have one volume name, one folder in Consul or one job.",
  violations(resources) {
    const owned = ofKind("storage", resources).map((storage) => ({
      owner: storage,
      places: placesOf(storage),
    }));
    return sharedPlaces(owned).map(({ owner, place, first }) => ({
      message: `${textOf(owner, "cluster")}: found the ${place}, which is also that of ${textOf(first, "cluster")}; allowed: a place of its own for each cluster's data`,
      urn: owner.urn,
    }));
  },
};

function placesOf(storage: PackResource): readonly string[] {
  const within = `in ${textOf(storage, "nomadRegion")}/${textOf(storage, "nomadNamespace")}`;
  const volume = textOf(storage, "volumeName");
  return [
    ...(volume === "" ? [] : [`volume name \`${volume}\` ${within}`]),
    `folder \`${textOf(storage, "dcsPath")}\` in Consul`,
    `job \`${textOf(storage, "jobId")}\` ${within}`,
  ];
}
