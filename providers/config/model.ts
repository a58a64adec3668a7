import type { MemberSettings } from "../../patroni/alterSystem";
import type { ConfigDocument } from "../../patroni/configDocument";

/** What a cluster's dynamic configuration is made from, resolved. The same fields stand in the inputs and outputs. */
export interface ConfigInputs {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: string;
  /** The document as JSON, its keys in a fixed order. In the outputs: what stands in Consul, less what is adopted. */
  readonly config: string;
  /** Whether settings that others made, and the stack's config doesn't, are taken back or kept. */
  readonly drift: "correct" | "adopt";
  /** What `ALTER SYSTEM` has set and shouldn't have, by member: none is wanted. In the outputs: what is there. */
  readonly alterSystem: MemberSettings;
  /** Vault's HTTP API, for the superuser's login, with which `ALTER SYSTEM` is looked for; empty to do without. */
  readonly vaultAddress: string;
  /** Mount of the KV v2 engine, path inside it, and the two fields of that secret. */
  readonly secretMount: string;
  readonly secretPath: string;
  readonly superuserUsernameField: string;
  readonly superuserPasswordField: string;
  /** Nomad's HTTP API, for what PostgreSQL says when it doesn't start; empty to do without. */
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  /** Deadline of one create or update, from the write to the last member's restart. */
  readonly timeoutSeconds: number;
  /** `configProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** What others set and the cluster keeps; parts without any aren't there. */
export interface Adopted {
  /** In the dynamic configuration. */
  readonly config?: ConfigDocument;
  /** By `ALTER SYSTEM`, by member. */
  readonly alterSystem?: MemberSettings;
}

/** What the resource adds to its inputs. */
export interface ConfigResult {
  /** What stands in Consul, less what is adopted. */
  readonly config: string;
  /** The document that this program last wrote, as its config asked for it: tells what others added. */
  readonly applied: string;
  readonly adopted: Adopted;
  readonly alterSystem: MemberSettings;
  /** Consul's index of the key when it was last seen; 0 when it never was. */
  readonly modifyIndex: number;
  /** Whether every member had put the configuration into effect when last looked. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const configProviderVersion = 2;

/** The resource's outputs. */
export interface ConfigState extends ConfigInputs, ConfigResult {}

/** Outputs as Pulumi hands them over, with what those of version 1 lack. */
export function completeState(state: ConfigState): ConfigState {
  const later = {
    drift: "correct",
    alterSystem: {},
    adopted: {},
    applied: state.config,
    vaultAddress: "",
    secretMount: "",
    secretPath: "",
    superuserUsernameField: "",
    superuserPasswordField: "",
  } as const;
  return { ...later, ...state };
}
