/** Version of the conditions for being ready and of what the outputs hold; a test demands the bump where it is due. */
export const leaderProviderVersion = 2;

/** A wait's inputs as the provider gets them. `members` is an output too, so their number has a name of its own. */
export interface LeaderInputs {
  readonly cluster: string;
  readonly scope: string;
  readonly keyPrefix: string;
  readonly memberCount: number;
  readonly consulAddress: string;
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  readonly jobId: string;
  readonly jobVersion: number;
  /** A number that may exceed what a number holds. */
  readonly jobModifyIndex: string;
  /**
   * `modifyIndex` of the dynamic configuration, where the cluster has it from this program: a change of it may have
   * changed the leader.
   */
  readonly configModifyIndex?: number;
  readonly maxLagBytes: number;
  readonly timeoutSeconds: number;
  readonly vaultSecretPath: string;
  readonly standby: boolean;
  readonly providerVersion: number;
}

/** A member of a ready cluster. */
export interface LeaderMember {
  readonly name: string;
  /** Where its PostgreSQL listens. */
  readonly host: string;
  readonly port: number;
  readonly role: "leader" | "standby_leader" | "replica";
  readonly state: "running" | "streaming";
  readonly timeline: number;
  /** How far its replay was behind the leader when it was found ready. */
  readonly lagBytes: number;
}

/** What a wait that succeeded says. */
export interface LeaderOutputs {
  /** Name of the member that holds the leader lock. */
  readonly leader: string;
  readonly host: string;
  readonly port: number;
  /** `host:port` of the leader's PostgreSQL. */
  readonly endpoint: string;
  /** Leader first, then the replicas by name. */
  readonly members: readonly LeaderMember[];
  readonly timeline: number;
  /** PostgreSQL's identifier of the database. */
  readonly systemIdentifier: string;
  readonly ready: boolean;
}

/** What the state keeps: everything after a success, the inputs and `ready: false` after a failure. */
export type LeaderState = LeaderInputs & Partial<Omit<LeaderOutputs, "ready">> & Pick<LeaderOutputs, "ready">;

/** Names of the inputs; what else the state holds are outputs. */
export const inputNames = [
  "cluster",
  "scope",
  "keyPrefix",
  "memberCount",
  "consulAddress",
  "nomadAddress",
  "nomadNamespace",
  "nomadRegion",
  "jobId",
  "jobVersion",
  "jobModifyIndex",
  "configModifyIndex",
  "maxLagBytes",
  "timeoutSeconds",
  "vaultSecretPath",
  "standby",
  "providerVersion",
] as const satisfies readonly (keyof LeaderInputs)[];

/** Inputs that only messages and the deadline depend on: a change of them is no reason to wait again. */
export const incidentalNames: ReadonlySet<string> = new Set(["cluster", "timeoutSeconds", "vaultSecretPath"]);
