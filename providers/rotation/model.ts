import type { CredentialFields } from "../../config/model";

/** What a cluster's rotation is made from, resolved. The same fields stand in the inputs and the outputs. */
export interface RotationInputs {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly vaultAddress: string;
  /** Mount of the KV v2 engine, without slashes at its ends. */
  readonly mount: string;
  /** Path inside the mount, without `data/`. */
  readonly path: string;
  /** Names of the secret's six fields. */
  readonly fields: CredentialFields;
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: string;
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  readonly jobId: string;
  /** Another number than before: new passwords. */
  readonly generation: number;
  /** Age of the passwords at which an update makes new ones; 0: never. */
  readonly maxAgeDays: number;
  /** Deadline of one rotation, and of each request to Vault. */
  readonly timeoutSeconds: number;
  /** `rotationProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** What the resource adds to its inputs. None of it is secret. */
export interface RotationResult {
  /** How many rotations the secret has seen to their end. */
  readonly rotations: number;
  /** When the passwords in force were written, ISO 8601 by Vault's clock; empty where it isn't known. */
  readonly rotatedAt: string;
  /** The secret's version that members are to render; 0 when none was ever seen. */
  readonly version: number;
  /** Whether that version was the latest, and complete, when last looked. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const rotationProviderVersion = 1;

/** The resource's outputs. */
export interface RotationState extends RotationInputs, RotationResult {}
