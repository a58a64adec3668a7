/**
 * A record of what the stack's clusters are, as a Pulumi resource, `pulumi-nodejs:dynamic/patroni:ChangeImpact`. A
 * stack has two: what the last `pulumi up` set out to make, and what the last one that came through has made. Whatever
 * differs from either is said in the preview: see docs/impact.md.
 *
 * One for the stack and not one for each cluster, because a cluster that leaves the config has no resource that
 * could say what that does. What the provider does stands in `impact/`, loaded at run time: see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import { factsVersion, type StackFacts } from "../patroni/impact/facts";
import type { ImpactInputs } from "./impact/model";
import { unknownValue } from "./inputProblems";
import { projectProvider } from "./projectProvider";

/** What a record is made from. */
export interface ChangeImpactArgs {
  /** The clusters as they are wanted, by name: `tenantFacts` of patroni/impact/facts.ts. */
  readonly facts: StackFacts;
  /** `attempt` is to be registered before the clusters; `success` is to depend on the attempt. */
  readonly record: ImpactInputs["record"];
  /**
   * Of a `success`: outputs of what it records. It waits until they are known, and keeps the last record where one never
   * is. It doesn't depend on them: where one cluster fails and another is removed (`pulumi up --continue-on-error`), the
   * record would depend in the state on a resource that is no longer there, and Pulumi refuses such a state.
   */
  readonly after?: readonly pulumi.Output<unknown>[];
}

const provider = projectProvider("./providers/impact/provider");

/** Says in a preview what a change does to each tenant, worst first. Never fails, and changes nothing but itself. */
export class ChangeImpact extends pulumi.dynamic.Resource {
  constructor(name: string, args: ChangeImpactArgs, opts?: pulumi.CustomResourceOptions) {
    const { facts, record, after = [] } = args;
    const props = { facts, record, factsVersion, ...(record === "success" && { finished: finished(after) }) };
    // The lines say what the facts' difference means; the difference itself would be said a second time.
    super(provider, name, props, { hideDiffs: ["facts"], ...opts }, "patroni", "ChangeImpact");
  }
}

/** Whether all of it could be made; in a preview that isn't known yet, in Pulumi's own spelling of it. */
async function finished(after: readonly pulumi.Output<unknown>[]): Promise<unknown> {
  if (pulumi.runtime.isDryRun()) return unknownValue;
  // As it would be sent to the engine: without its dependencies, and with the same spelling of what isn't known.
  const sent = await pulumi.runtime.serializeProperties("impact", { after: [...after] });
  return !(sent["after"] as readonly unknown[]).includes(unknownValue);
}
