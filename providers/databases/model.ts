import type { AllowedDrop, CredentialFields } from "../../config/model";
import type { Objects } from "../../patroni/databases/model";

/** What a cluster's databases and roles are made from, resolved. The same fields stand in the inputs and the outputs. */
export interface DatabasesInputs {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: string;
  readonly vaultAddress: string;
  /** Mount of the KV v2 engine, path inside it without `data/`, and names of the secret's six fields. */
  readonly mount: string;
  readonly path: string;
  readonly fields: CredentialFields;
  /** By name. In the outputs: how they stand, those that aren't there left out. */
  readonly databases: Objects["databases"];
  readonly roles: Objects["roles"];
  /** What may be dropped, each once. */
  readonly drops: readonly AllowedDrop[];
  /** Whether what others added to declared roles is taken back or kept. */
  readonly drift: "correct" | "adopt";
  /** Deadline of one create or update. */
  readonly timeoutSeconds: number;
  /** `databasesProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** What the resource adds to its inputs. */
export interface DatabasesResult {
  /** What this program last asked for: tells what others changed. */
  readonly applied: Objects;
  /** What others added to declared roles and the cluster keeps, a clause each. */
  readonly adopted: readonly string[];
  /** Drops of the inputs that were carried out: none is a second time, whoever makes the same name again. */
  readonly dropped: readonly AllowedDrop[];
  /** Whether all of it was done when this program last ran. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const databasesProviderVersion = 1;

/** The resource's outputs. */
export interface DatabasesState extends DatabasesInputs, DatabasesResult {}
