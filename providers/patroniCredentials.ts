/**
 * A cluster's credentials as a Pulumi resource, `pulumi-nodejs:dynamic/patroni:Credentials`.
 *
 *   check    names wrong inputs; no network; values that a preview doesn't know yet are left alone
 *   diff     another input, or a secret that wasn't complete when last looked at
 *   create   keeps a secret that holds all six fields, writes one where there is none
 *   update   looks again; takes the values along to another place or other field names
 *   read     a secret that is gone, deleted or incomplete shows as `ready` false
 *   delete   leaves the secret or deletes it, as `whenRemoved` says
 *
 * The token comes from the environment of Pulumi at the moment of each request (VAULT_TOKEN, else
 * ~/.vault-token). No value of the secret ever enters an input, an output, the state, a line or an error.
 * What the provider does stands in `credentials/`, loaded at run time: see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import type { CredentialFields } from "../config/model";
import type { CredentialUsernames } from "../patroni/credentials";
import { credentialsProviderVersion, type CredentialsResult } from "./credentials/model";
import { projectProvider } from "./projectProvider";

/** What a cluster's credentials are made from. */
export interface PatroniCredentialsArgs {
  /** The cluster's name, for messages. */
  readonly cluster: pulumi.Input<string>;
  /** Vault's HTTP API as this program reaches it. */
  readonly vaultAddress: pulumi.Input<string>;
  /** Mount of the KV v2 engine, without slashes at its ends. */
  readonly mount: pulumi.Input<string>;
  /** Path inside the mount, without `data/`. */
  readonly path: pulumi.Input<string>;
  /** Names of the secret's six fields. */
  readonly fields: pulumi.Input<CredentialFields>;
  /** What the roles are called in a secret that is written: postgres, replicator and rewind_user unless said. */
  readonly usernames?: pulumi.Input<CredentialUsernames>;
  /** What becomes of the secret when the resource is deleted: the same as of the data. */
  readonly whenRemoved: pulumi.Input<"keep" | "delete">;
  /** Deadline of each request to Vault. */
  readonly timeoutSeconds: pulumi.Input<number>;
}

const provider = projectProvider("./providers/credentials/provider");

/**
 * Superuser, replication and rewind credentials in a KV v2 secret, which live exactly as long as the data that
 * knows them: passwords are generated once, never replaced, and never seen by Pulumi. See docs/credentials.md.
 */
export class PatroniCredentials extends pulumi.dynamic.Resource {
  declare readonly mount: pulumi.Output<string>;
  declare readonly path: pulumi.Output<string>;
  /** Version of the secret. */
  declare readonly version: pulumi.Output<number>;
  /** Whether all six fields are there. */
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: PatroniCredentialsArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs: Record<keyof CredentialsResult, undefined> = { version: undefined, ready: undefined };
    const props = { ...outputs, ...args, providerVersion: credentialsProviderVersion };
    super(provider, name, props, opts, "patroni", "Credentials");
  }
}
