import type { CredentialFields } from "../../config/model";
import type { CredentialUsernames } from "../../patroni/credentials";

/** What a cluster's credentials are made from, resolved. The same fields stand in the inputs and the outputs. */
export interface CredentialsInputs {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly vaultAddress: string;
  /** Mount of the KV v2 engine, without slashes at its ends. */
  readonly mount: string;
  /** Path inside the mount, without `data/`. */
  readonly path: string;
  /** Names of the secret's six fields. */
  readonly fields: CredentialFields;
  /** What the roles are called in a secret that is written; an existing one keeps its own. */
  readonly usernames: CredentialUsernames;
  /** What becomes of the secret when the resource is deleted: it lives as long as the data. */
  readonly whenRemoved: "keep" | "delete";
  /** Deadline of each request to Vault; a create makes three at most, unless other runs interfere. */
  readonly timeoutSeconds: number;
  /** `credentialsProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** What the resource adds to its inputs. None of it is secret. */
export interface CredentialsResult {
  /** Version of the secret that was last seen; 0 when none ever was. */
  readonly version: number;
  /** Whether all six fields were there when last looked. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const credentialsProviderVersion = 1;

/** The resource's outputs. */
export interface CredentialsState extends CredentialsInputs, CredentialsResult {}
