/**
 * The change of a cluster's generated passwords as a Pulumi resource, `pulumi-nodejs:dynamic/patroni:CredentialRotation`.
 *
 *   check    names wrong inputs; no network; values that a preview doesn't know yet are left alone
 *   diff     another input, passwords that are too old, or a rotation that isn't over
 *   create   takes the passwords as they are, and ends a rotation that was interrupted
 *   update   makes new passwords where the generation is another one or they are too old
 *   read     a rotation that isn't over, or a version that members don't render, shows as `ready` false
 *   delete   leaves the passwords as they are, and the members with the secret's latest version
 *
 * The tokens come from the environment of Pulumi at the moment of each request. No password ever enters an input, an
 * output, the state, a line, an error or a statement. What the provider does stands in `rotation/`, loaded at run time:
 * see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import { projectProvider } from "./projectProvider";
import { rotationProviderVersion, type RotationInputs, type RotationResult } from "./rotation/model";

/** What a cluster's rotation is made from: see `RotationInputs`. */
export type CredentialRotationArgs = {
  readonly [name in keyof Omit<RotationInputs, "providerVersion">]: pulumi.Input<RotationInputs[name]>;
};

const provider = projectProvider("./providers/rotation/provider");

/**
 * Changes the superuser's, the replication role's and the rewind role's passwords while the cluster runs, without a
 * restart and with a password that works in Vault at every moment. See docs/credentials.md.
 */
export class CredentialRotation extends pulumi.dynamic.Resource {
  /** How many rotations the secret has seen. */
  declare readonly rotations: pulumi.Output<number>;
  /** When the passwords in force were written, ISO 8601. */
  declare readonly rotatedAt: pulumi.Output<string>;
  /** The secret's version in force. */
  declare readonly version: pulumi.Output<number>;
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: CredentialRotationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs: Record<keyof RotationResult, undefined> = {
      rotations: undefined,
      rotatedAt: undefined,
      version: undefined,
      ready: undefined,
    };
    const props = { ...outputs, ...args, providerVersion: rotationProviderVersion };
    super(provider, name, props, opts, "patroni", "CredentialRotation");
  }
}
