/** What a cluster's dynamic configuration is made from, resolved. The same fields stand in the inputs and outputs. */
export interface ConfigInputs {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: string;
  /** The document as JSON, its keys in a fixed order. In the outputs: what stands in Consul. */
  readonly config: string;
  /** Nomad's HTTP API, for what PostgreSQL says when it doesn't start; empty to do without. */
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  /** Deadline of one create or update, from the write to the last member's restart. */
  readonly timeoutSeconds: number;
  /** `configProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** What the resource adds to its inputs. */
export interface ConfigResult {
  /** What stands in Consul. */
  readonly config: string;
  /** Consul's index of the key when it was last seen; 0 when it never was. */
  readonly modifyIndex: number;
  /** Whether every member had put the configuration into effect when last looked. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const configProviderVersion = 1;

/** The resource's outputs. */
export interface ConfigState extends ConfigInputs, ConfigResult {}
