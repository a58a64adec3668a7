/**
 * A cluster's dynamic configuration as a Pulumi resource, `pulumi-nodejs:dynamic/patroni:Config`.
 *
 *   check    names wrong inputs; no network; values that a preview doesn't know yet are left alone
 *   diff     another document (in Patroni's eyes), another place, or a change that isn't in effect everywhere
 *   create   writes the key; if the cluster runs, waits until it is in effect
 *   update   the same; restarts members where a parameter takes it, and goes back when one doesn't start
 *   read     what stands in Consul, so that a change by `patronictl edit-config` is a readable diff
 *   delete   leaves the key: it lives and dies with the data, see `PatroniStorage`
 *
 * Tokens come from the environment of Pulumi at the moment of each request: CONSUL_HTTP_TOKEN and NOMAD_TOKEN.
 * What the provider does stands in `config/`, loaded at run time: see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import { configProviderVersion } from "./config/model";
import { projectProvider } from "./projectProvider";

/** What a cluster's dynamic configuration is made from. */
export interface PatroniConfigArgs {
  /** The cluster's name, for messages. */
  readonly cluster: pulumi.Input<string>;
  /** Consul's HTTP API as this program reaches it. */
  readonly consulAddress: pulumi.Input<string>;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: pulumi.Input<string>;
  /** The document as JSON, its keys in a fixed order: `dynamicConfig` of patroni/dynamicConfig.ts. */
  readonly config: pulumi.Input<string>;
  /** Deadline of one create or update, from the write to the last member's restart. */
  readonly timeoutSeconds: pulumi.Input<number>;
  /** Where PostgreSQL's own words come from when it doesn't start; without it the message says where to look. */
  readonly nomadAddress?: pulumi.Input<string>;
  readonly nomadNamespace?: pulumi.Input<string>;
  readonly nomadRegion?: pulumi.Input<string>;
}

const provider = projectProvider("./providers/config/provider");

/**
 * Patroni's dynamic configuration in Consul, and its way into effect. Created before the job, so that the first
 * member bootstraps with it. See docs/dynamic-config.md.
 */
export class PatroniConfig extends pulumi.dynamic.Resource {
  /** What stands in Consul, as JSON. */
  declare readonly config: pulumi.Output<string>;
  /** Consul's index of the key. */
  declare readonly modifyIndex: pulumi.Output<number>;
  /** Whether every member had put it into effect when last looked. */
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: PatroniConfigArgs, opts?: pulumi.CustomResourceOptions) {
    const defaults = { nomadAddress: "", nomadNamespace: "default", nomadRegion: "global" };
    const outputs = { modifyIndex: undefined, ready: undefined };
    const props = { ...outputs, ...defaults, ...args, providerVersion: configProviderVersion };
    super(provider, name, props, opts, "patroni", "Config");
  }
}
