/**
 * Whether a cluster's Nomad job is still the one that the program registered, as a Pulumi resource,
 * `pulumi-nodejs:dynamic/patroni:JobRegistration`. `nomad.Job` registers its job when the jobspec changes, and never looks
 * at what somebody did to it in Nomad. This one looks, at each refresh, by Nomad's own plan of the program's job: it
 * comes before the job, says what differs, and puts it right.
 *
 * Its output `registration` grows by one each time. What the provider does stands in `registration/`, loaded at run time:
 * see `projectProvider`. NOMAD_TOKEN comes from Pulumi's environment at the moment of each request.
 */
import * as pulumi from "@pulumi/pulumi";
import { projectProvider } from "./projectProvider";
import { registrationProviderVersion } from "./registration/model";

/** What a registration is made from. */
export interface JobRegistrationArgs {
  /** The cluster's name, for messages. */
  readonly cluster: pulumi.Input<string>;
  /** Nomad's HTTP API as this program reaches it. */
  readonly nomadAddress: pulumi.Input<string>;
  readonly nomadNamespace: pulumi.Input<string>;
  readonly nomadRegion: pulumi.Input<string>;
  readonly jobId: pulumi.Input<string>;
  /** The job as JSON: `jobspec` of patroni/jobspec.ts. */
  readonly jobspec: pulumi.Input<string>;
  /** Whether what others added to the job, and the jobspec doesn't set, is taken back or kept. */
  readonly drift: pulumi.Input<"correct" | "adopt">;
  /** Whether the cluster is paused: then a change that stops or replaces a member is refused. */
  readonly paused: pulumi.Input<boolean>;
}

const provider = projectProvider("./providers/registration/provider");

/** Shows at a refresh what others did to the job, and takes it back. See docs/job-drift.md. */
export class JobRegistration extends pulumi.dynamic.Resource {
  /** How often the job was registered again because of what others did to it. */
  declare readonly registration: pulumi.Output<number>;

  constructor(name: string, args: JobRegistrationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { registration: undefined, changes: undefined, adopted: undefined };
    const props = {
      ...outputs,
      ...{ modifyIndex: undefined, updates: undefined },
      ...args,
      providerVersion: registrationProviderVersion,
    };
    // The job's own resource shows how its jobspec changes.
    super(provider, name, props, { hideDiffs: ["jobspec"], ...opts }, "patroni", "JobRegistration");
  }
}
