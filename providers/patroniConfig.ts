/**
 * A cluster's dynamic configuration as a Pulumi resource, `pulumi-nodejs:dynamic/patroni:Config`.
 *
 *   check    names wrong inputs; no network; values that a preview doesn't know yet are left alone
 *   diff     another document (in Patroni's eyes), another place, a change that isn't in effect everywhere, or
 *            something that ALTER SYSTEM set; says what becomes of what others changed
 *   create   writes the key; if the cluster runs, waits until it is in effect
 *   update   the same; restarts members where a parameter takes it, and goes back when one doesn't start; takes
 *            back what others changed, or keeps it where the config says so
 *   read     what stands in Consul, so that a change by `patronictl edit-config` is a readable diff; and what
 *            ALTER SYSTEM has set, by member, with the superuser's login from Vault
 *   delete   leaves the key: it lives and dies with the data, see `PatroniStorage`
 *
 * Tokens come from the environment of Pulumi at the moment of each request: CONSUL_HTTP_TOKEN, NOMAD_TOKEN
 * and VAULT_TOKEN.
 * What the provider does stands in `config/`, loaded at run time: see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import type { MemberSettings } from "../patroni/alterSystem";
import { configProviderVersion, type Adopted } from "./config/model";
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
  /** Whether settings that others made, and the stack's config doesn't, are taken back (as without it) or kept. */
  readonly drift?: pulumi.Input<"correct" | "adopt">;
  /** Where the superuser's login is; without it nobody looks for what `ALTER SYSTEM` has set. */
  readonly vaultAddress?: pulumi.Input<string>;
  /** Mount of the KV v2 engine, path inside it, and the two fields of that secret. */
  readonly secretMount?: pulumi.Input<string>;
  readonly secretPath?: pulumi.Input<string>;
  readonly superuserUsernameField?: pulumi.Input<string>;
  readonly superuserPasswordField?: pulumi.Input<string>;
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
  /** What stands in Consul, as JSON, less what is adopted. */
  declare readonly config: pulumi.Output<string>;
  /** Consul's index of the key. */
  declare readonly modifyIndex: pulumi.Output<number>;
  /** Whether every member had put it into effect when last looked. */
  declare readonly ready: pulumi.Output<boolean>;

  /** What others set and the cluster keeps. */
  declare readonly adopted: pulumi.Output<Adopted>;
  /** What `ALTER SYSTEM` has set and shouldn't have, by member. */
  declare readonly alterSystem: pulumi.Output<MemberSettings>;

  constructor(name: string, args: PatroniConfigArgs, opts?: pulumi.CustomResourceOptions) {
    const defaults = { nomadAddress: "", nomadNamespace: "default", nomadRegion: "global", drift: "correct" };
    const secret = {
      vaultAddress: "",
      secretMount: "",
      secretPath: "",
      superuserUsernameField: "",
      superuserPasswordField: "",
    };
    const outputs = { modifyIndex: undefined, ready: undefined, applied: undefined, adopted: undefined };
    const fixed = { alterSystem: {}, providerVersion: configProviderVersion };
    const props = { ...outputs, ...defaults, ...secret, ...args, ...fixed };
    super(provider, name, props, opts, "patroni", "Config");
  }
}
