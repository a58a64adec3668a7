import * as pulumi from "@pulumi/pulumi";
import { leaderProviderVersion, type LeaderMember, type LeaderOutputs } from "./leaderWait/model";
import { projectProvider } from "./projectProvider";

/** What a wait needs. */
export interface PatroniLeaderArgs {
  /** The cluster's name, as messages call it. */
  readonly cluster: pulumi.Input<string>;
  /** Patroni's `scope`. */
  readonly scope: pulumi.Input<string>;
  /** Patroni's `namespace`: the first part of every key in Consul. */
  readonly keyPrefix: pulumi.Input<string>;
  /** How many members there must be, leader included. */
  readonly members: pulumi.Input<number>;
  /** Consul's HTTP API as this program reaches it. */
  readonly consulAddress: pulumi.Input<string>;
  /** Nomad's HTTP API as this program reaches it. */
  readonly nomadAddress: pulumi.Input<string>;
  readonly nomadNamespace: pulumi.Input<string>;
  readonly nomadRegion: pulumi.Input<string>;
  readonly jobId: pulumi.Input<string>;
  /** The job's `version` output: nothing older satisfies or fails the wait. */
  readonly jobVersion: pulumi.Input<number>;
  /** The job's `modifyIndex` output. */
  readonly jobModifyIndex: pulumi.Input<string>;
  /** The dynamic configuration's `modifyIndex` output: its changes may make another member the leader. */
  readonly configModifyIndex?: pulumi.Input<number>;
  /** How far a replica's replay may be behind the leader, in bytes. */
  readonly maxLagBytes: pulumi.Input<number>;
  /** Until the wait gives up. Pulumi's own `customTimeouts` don't reach a dynamic provider. */
  readonly timeoutSeconds: pulumi.Input<number>;
  /** Mount and path of the KV v2 secret that the members read, for messages. */
  readonly vaultSecretPath: pulumi.Input<string>;
  /** Whether the cluster follows another one and has a standby leader. */
  readonly standby?: pulumi.Input<boolean>;
}

const provider = projectProvider("./providers/leaderWait/provider");

/**
 * Is created when the cluster is ready: a leader answers, and every member of the version of the job that was
 * just registered streams from it. Fails with the cause as soon as that is certain, at the latest at its
 * deadline; `pulumi up` then waits again. Tokens come from Pulumi's environment at the moment of each request:
 * CONSUL_HTTP_TOKEN and NOMAD_TOKEN. See docs/leader-wait.md.
 */
export class PatroniLeader extends pulumi.dynamic.Resource {
  declare readonly leader: pulumi.Output<string>;
  declare readonly host: pulumi.Output<string>;
  declare readonly port: pulumi.Output<number>;
  declare readonly endpoint: pulumi.Output<string>;
  declare readonly members: pulumi.Output<readonly LeaderMember[]>;
  declare readonly timeline: pulumi.Output<number>;
  declare readonly systemIdentifier: pulumi.Output<string>;
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: PatroniLeaderArgs, opts?: pulumi.CustomResourceOptions) {
    const { members, standby, ...inputs } = args;
    const outputs: Record<keyof LeaderOutputs, undefined> = {
      ...{ leader: undefined, host: undefined, port: undefined, endpoint: undefined },
      ...{ members: undefined, timeline: undefined, systemIdentifier: undefined, ready: undefined },
    };
    const props = {
      ...outputs,
      ...inputs,
      memberCount: members,
      standby: standby ?? false,
      providerVersion: leaderProviderVersion,
    };
    super(provider, name, props, opts, "patroni", "Leader");
  }
}
