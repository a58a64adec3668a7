import * as pulumi from "@pulumi/pulumi";
import { PatroniCluster } from "../../components/patroniCluster";
import { PatroniImage } from "../../components/patroniImage";
import type { Cluster, Platform } from "../../config/model";
import type { PackResource } from "../../policy/rule";

/** What the program registers for clusters, as a policy sees it. */
export async function stackResources(
  clusters: readonly Cluster[],
  platform: Platform,
): Promise<readonly PackResource[]> {
  const resources: PackResource[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      const props = JSON.parse(JSON.stringify(inputs)) as Record<string, unknown>;
      resources.push({ type, urn: `urn:pulumi:prod::nomad-postgres::${type}::${name}`, props });
      return { id: name, state: { ...(inputs as object), version: 0, modifyIndex: "1" } };
    },
    call: () => ({}),
  });
  const image = new PatroniImage("postgres-17", { postgresVersion: 17, image: platform.image });
  for (const cluster of clusters) new PatroniCluster(cluster.name, { cluster, platform, image });
  await pulumi.runtime.disconnect();
  return resources;
}
