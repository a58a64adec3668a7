import type { AccessRole } from "../../config/model";

/** What the logins of one cluster are made from, resolved. The same fields stand in the inputs and the outputs. */
export interface AccessInputs {
  /** The cluster's name, for messages and names. */
  readonly cluster: string;
  readonly vaultAddress: string;
  /** Mount of the database engine, without slashes at its ends. */
  readonly mount: string;
  readonly roles: readonly AccessRole[];
  /** PostgreSQL's port on every node. */
  readonly postgresPort: number;
  /** Datacenters and node pool that members may run in. */
  readonly datacenters: readonly string[];
  readonly nodePool: string;
  /** The secret with the superuser's login. */
  readonly secretMount: string;
  readonly secretPath: string;
  readonly superuserUsernameField: string;
  readonly superuserPasswordField: string;
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: string;
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  /** Deadline of each request to Vault, which runs statements for some of them. */
  readonly timeoutSeconds: number;
  /** `accessProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** What the resource adds to its inputs. None of it is secret. */
export interface AccessResult {
  /** Addresses at which Vault looks for the leader. */
  readonly hosts: readonly string[];
  /** Whether Vault and PostgreSQL had all of it when last looked. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const accessProviderVersion = 1;

/** The resource's outputs. */
export interface AccessState extends AccessInputs, AccessResult {}
