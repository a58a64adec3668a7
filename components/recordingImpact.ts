import type * as pulumi from "@pulumi/pulumi";
import type { Cluster, Platform, PostgresVersion } from "../config/model";
import { tenantFacts } from "../patroni/impact/facts";
import { ChangeImpact } from "../providers/changeImpact";

/** What the records of the impact are made from. */
export interface RecordedStack {
  readonly clusters: readonly Cluster[];
  readonly platform: Platform;
  /** The image of a PostgreSQL version. */
  readonly imageOf: (postgresVersion: PostgresVersion) => { readonly referencePrefix: string };
}

/**
 * Makes each cluster between two records: of what a `pulumi up` sets out to make, and of what it has made once all of
 * it is ready. From them the next preview says what a change does: see docs/impact.md.
 *
 * @returns what was made, by the cluster's name, in the clusters' order
 */
export function recordingImpact<
  Made extends Readonly<Record<"leader" | "databases", pulumi.Output<unknown>>>,
>(
  { clusters, platform, imageOf }: RecordedStack,
  make: (cluster: Cluster) => Made,
): readonly (readonly [name: string, made: Made])[] {
  const facts = Object.fromEntries(
    clusters.map((cluster) => {
      const imagePrefix = imageOf(cluster.postgresVersion).referencePrefix;
      return [cluster.name, tenantFacts({ cluster, platform, imagePrefix })];
    }),
  );
  const attempt = new ChangeImpact("impact-attempt", { facts, record: "attempt" });
  const made = clusters.map((cluster) => [cluster.name, make(cluster)] as const);
  const after = made.flatMap(([, { leader, databases }]) => [leader, databases]);
  new ChangeImpact("impact-success", { facts, record: "success", after }, { dependsOn: attempt });
  return made;
}
