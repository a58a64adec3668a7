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
  /** `attempt` is to be registered before the clusters; `success` is to depend on them, and on the attempt. */
  readonly record: ImpactInputs["record"];
}

const provider = projectProvider("./providers/impact/provider");

/** Says in a preview what a change does to each tenant, worst first. Never fails, and changes nothing but itself. */
export class ChangeImpact extends pulumi.dynamic.Resource {
  constructor(name: string, args: ChangeImpactArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, factsVersion, ...(args.record === "success" && { finished: finished() }) };
    // The lines say what the facts' difference means; the difference itself would be said a second time.
    super(provider, name, props, { hideDiffs: ["facts"], ...opts }, "patroni", "ChangeImpact");
  }
}

/** What is registered last has finished; in a preview that isn't known yet, in Pulumi's own spelling of it. */
function finished(): unknown {
  return pulumi.runtime.isDryRun() ? unknownValue : true;
}
