import type { Cluster } from "../../config/model";
import { factsVersion, tenantFacts, type StackFacts } from "../../patroni/impact/facts";
import type { PreviewDocument, PreviewStep } from "../../patroni/review/previewDocument";
import { examplePlatform } from "./examples";

const prefix = "urn:pulumi:prod::nomad-postgres::";
const clusterType = "patroni:index:PatroniCluster";

/** Facts of clusters, as the program records them. */
export function factsOf(clusters: readonly Cluster[]): StackFacts {
  const imagePrefix = "registry.example.net/patroni:17-4.1.5-0123456789ab";
  return Object.fromEntries(
    clusters.map((cluster) => [
      cluster.name,
      tenantFacts({ cluster, platform: examplePlatform, imagePrefix }),
    ]),
  );
}

/** What the two records hold before a preview; undefined: there is no such record. */
export interface Recorded {
  readonly attempt: StackFacts | undefined;
  readonly success: StackFacts | undefined;
  readonly version?: number;
}

/** The steps of both records. */
export function recordSteps(before: Recorded, after: StackFacts): readonly PreviewStep[] {
  return (["attempt", "success"] as const).map((record) => {
    const type = "pulumi-nodejs:dynamic/patroni:ChangeImpact";
    const state = (facts: StackFacts, version: number) => ({
      type,
      custom: true,
      inputs: { facts, factsVersion: version },
    });
    const old = before[record];
    return {
      op: old === undefined ? "create" : JSON.stringify(old) === JSON.stringify(after) ? "same" : "update",
      urn: `${prefix}${type}::impact-${record}`,
      ...(old !== undefined && { oldState: state(old, before.version ?? factsVersion) }),
      newState: state(after, factsVersion),
    };
  });
}

/** The steps of one of a tenant's resources: of its component, which stays, and its own. */
export function resourceSteps(
  tenant: string,
  type: string,
  name: string,
  ...ops: readonly string[]
): readonly PreviewStep[] {
  const component = `${prefix}${clusterType}::${tenant}`;
  return [
    { op: "same", urn: component, newState: { type: clusterType, custom: false } },
    ...ops.map((op): PreviewStep => {
      const state = { type, custom: true, parent: component };
      const urn = `${prefix}${clusterType}$${type}::${name}`;
      return op.startsWith("delete") ? { op, urn, oldState: state } : { op, urn, newState: state };
    }),
  ];
}

/** A resource of no tenant. */
export function sharedSteps(type: string, name: string, op: string): readonly PreviewStep[] {
  return [{ op, urn: `${prefix}${type}::${name}`, newState: { type, custom: true } }];
}

/** A preview that came through. */
export function preview(...steps: readonly (readonly PreviewStep[])[]): PreviewDocument {
  return { steps: steps.flat(), diagnostics: [] };
}
