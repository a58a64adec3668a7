import { counts, fields, number } from "../observed/json";
import { foreignChanges } from "./jobDiff";
import { noForeignChanges, type ForeignChanges } from "./foreignChanges";

/** How many of a job's members Nomad would do something to, if a job were registered. */
export interface PlannedUpdates {
  /** Started that don't run. */
  readonly start: number;
  readonly stop: number;
  /** Those that would be replaced first. Nomad counts as many as go at once (`max_parallel`), whatever comes after them. */
  readonly replace: number;
  /** Members that go on, for now. */
  readonly stay: number;
}

/** What Nomad says of registering a job, without doing it. */
export interface JobPlan {
  /** Of the job that it has; 0 where it has none. A registration changes it, whoever makes it. */
  readonly modifyIndex: number;
  /** How the job that it has differs from the planned one; none where it has none. */
  readonly changes: ForeignChanges;
  readonly updates: PlannedUpdates;
}

/** Nothing is planned. */
export const noUpdates: PlannedUpdates = { start: 0, stop: 0, replace: 0, stay: 0 };

/**
 * Reads Nomad's answer to `POST /v1/job/:id/plan` with `Diff`.
 *
 * Source: `Job.Plan` in nomad/job_endpoint.go and `DesiredUpdates` in nomad/structs/structs.go (1.11.3);
 * https://developer.hashicorp.com/nomad/api-docs/jobs#create-job-plan
 */
export function parseJobPlan(body: unknown): JobPlan {
  const { JobModifyIndex, Diff, Annotations } = fields(body);
  const modifyIndex = number(JobModifyIndex) ?? 0;
  const groups = Object.values(fields(fields(Annotations)["DesiredTGUpdates"])).map(counts);
  const sum = (...names: readonly string[]) =>
    groups.reduce((all, group) => all + names.reduce((own, name) => own + (group[name] ?? 0), 0), 0);
  return {
    modifyIndex,
    changes: modifyIndex === 0 ? noForeignChanges : foreignChanges(Diff),
    updates: {
      start: sum("Place"),
      stop: sum("Stop"),
      replace: sum("DestructiveUpdate"),
      stay: sum("Ignore", "InPlaceUpdate"),
    },
  };
}
