import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import * as utilities from "./utilities";

/** An instance of the Nomad provider with settings of its own, for programs that talk to more than one Nomad. */
export class Provider extends pulumi.ProviderResource {
  /** @internal */
  public static readonly __pulumiType = "nomad";

  /** Whether `obj` is a Provider, also when it comes from another copy of this package. */
  public static override isInstance(obj: unknown): obj is Provider {
    return (
      typeof obj === "object" &&
      obj !== null &&
      "__pulumiType" in obj &&
      obj.__pulumiType === "pulumi:providers:" + Provider.__pulumiType
    );
  }

  declare public readonly address: pulumi.Output<string | undefined>;
  declare public readonly caFile: pulumi.Output<string | undefined>;
  declare public readonly caPem: pulumi.Output<string | undefined>;
  declare public readonly certFile: pulumi.Output<string | undefined>;
  declare public readonly certPem: pulumi.Output<string | undefined>;
  declare public readonly httpAuth: pulumi.Output<string | undefined>;
  declare public readonly keyFile: pulumi.Output<string | undefined>;
  declare public readonly keyPem: pulumi.Output<string | undefined>;
  declare public readonly region: pulumi.Output<string | undefined>;
  declare public readonly secretId: pulumi.Output<string | undefined>;

  /**
   * @param name Unique name of the resource.
   * @param args Settings; what is left out comes from the environment (`NOMAD_ADDR`, `NOMAD_TOKEN`, …).
   */
  constructor(name: string, args?: ProviderArgs, opts?: pulumi.ResourceOptions) {
    // Provider configuration crosses the wire as strings, so anything else travels as JSON.
    const resourceInputs: pulumi.Inputs = {
      address: args?.address,
      authJwt: pulumi.output(args?.authJwt).apply((value) => JSON.stringify(value)),
      caFile: args?.caFile,
      caPem: args?.caPem,
      certFile: args?.certFile,
      certPem: args?.certPem,
      headers: secretIfSet(
        pulumi.output(args?.headers).apply((value) => JSON.stringify(value)),
        args?.headers,
      ),
      httpAuth: secretIfSet(args?.httpAuth, args?.httpAuth),
      ignoreEnvVars: pulumi.output(args?.ignoreEnvVars).apply((value) => JSON.stringify(value)),
      keyFile: args?.keyFile,
      keyPem: secretIfSet(args?.keyPem, args?.keyPem),
      region: args?.region,
      secretId: secretIfSet(args?.secretId, args?.secretId),
      skipVerify: pulumi.output(args?.skipVerify).apply((value) => JSON.stringify(value)),
    };
    const secretOpts = { additionalSecretOutputs: ["httpAuth", "keyPem", "secretId"] };
    const merged = pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts ?? {});
    super(Provider.__pulumiType, name, resourceInputs, pulumi.mergeOptions(merged, secretOpts));
  }
}

function secretIfSet(value: pulumi.Input<unknown>, set: unknown): pulumi.Input<unknown> {
  return set === undefined ? undefined : pulumi.secret(value);
}

/** Settings of a Nomad provider. */
export interface ProviderArgs {
  /** URL of a Nomad agent's HTTP API. */
  address?: pulumi.Input<string | undefined>;
  /** Login through a JWT auth method in place of a token. */
  authJwt?: pulumi.Input<inputs.ProviderAuthJwt | undefined>;
  /** File with the PEM certificates of the authority that signed the agent's certificate. */
  caFile?: pulumi.Input<string | undefined>;
  /** The same as text. */
  caPem?: pulumi.Input<string | undefined>;
  /** File with the client's PEM certificate; goes with `keyFile` or `keyPem`. */
  certFile?: pulumi.Input<string | undefined>;
  /** The same as text. */
  certPem?: pulumi.Input<string | undefined>;
  /** Headers that go with every request. */
  headers?: pulumi.Input<pulumi.Input<inputs.ProviderHeader>[] | undefined>;
  /** HTTP basic authentication, `user:password`. */
  httpAuth?: pulumi.Input<string | undefined>;
  /** Environment variables that the provider must not look at, as a set: `{ NOMAD_NAMESPACE: true }`. */
  ignoreEnvVars?: pulumi.Input<Record<string, pulumi.Input<boolean>> | undefined>;
  /** File with the client's PEM private key. */
  keyFile?: pulumi.Input<string | undefined>;
  /** The same as text. */
  keyPem?: pulumi.Input<string | undefined>;
  /** Nomad region that requests go to. */
  region?: pulumi.Input<string | undefined>;
  /** Secret ID of an ACL token. */
  secretId?: pulumi.Input<string | undefined>;
  /** Accepts any certificate of the agent. */
  skipVerify?: pulumi.Input<boolean | undefined>;
}
