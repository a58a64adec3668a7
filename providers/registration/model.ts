import type { RegistrationRecord } from "../../patroni/jobDrift/foreignChanges";
import type { PlannedUpdates } from "../../patroni/jobDrift/jobPlan";
import type { NomadPlace } from "../nomadPlace";

/** What the program says of a job's registration. */
export interface RegistrationWanted extends NomadPlace {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly jobId: string;
  /** The job as the program registers it: JSON in the form of Nomad's API. */
  readonly jobspec: string;
  /** Whether what others added to the job is taken back or kept. */
  readonly drift: "correct" | "adopt";
  /** Whether the cluster is paused, so that no member may be replaced. */
  readonly paused: boolean;
  /** `registrationProviderVersion` of the program, as an input so that a preview shows it when it changes. */
  readonly providerVersion: number;
}

/** The inputs: `check` adds what the last look has left to do, so that a preview knows it. */
export interface RegistrationInputs extends RegistrationWanted, RegistrationRecord {}

/** The resource's outputs. */
export interface RegistrationState extends RegistrationInputs {
  /** Nomad's index of the job when it was last looked at; 0 where it had none. */
  readonly modifyIndex: number;
  /** What Nomad would have done then to the members, had the job been registered. */
  readonly updates: PlannedUpdates;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const registrationProviderVersion = 1;
