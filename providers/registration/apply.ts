import { isDeepStrictEqual } from "node:util";
import { allChanges, foundRecord, takesBack } from "../../patroni/jobDrift/foreignChanges";
import { noUpdates, type JobPlan } from "../../patroni/jobDrift/jobPlan";
import { count } from "../../patroni/impact/wording";
import { isRefusedWhilePaused } from "../../patroni/impact/jobDriftEffects";
import { parsedFields } from "../../patroni/observed/json";
import { shortList } from "../config/describe";
import { ProviderFailure } from "../failure";
import type { Progress } from "../progress";
import { planJob, registerIfUnchanged } from "./nomadJob";
import type { RegistrationInputs, RegistrationState } from "./model";

/**
 * Takes back what others did to the job, where the inputs say so, and refuses to change the job of a cluster that is
 * paused. Where the program's own job has changed, the job's resource registers it, right after.
 *
 * Throws a ProviderFailure, or an HttpError when Nomad can't be asked.
 */
export async function applyRegistration(
  inputs: RegistrationInputs,
  last: RegistrationState | undefined,
  progress: Progress,
): Promise<RegistrationState> {
  const plan = await planJob(inputs, inputs.jobId, inputs.jobspec);
  const words = allChanges(plan.changes);
  if (inputs.paused && plan.modifyIndex > 0 && words.length > 0 && isRefusedWhilePaused(plan.updates))
    throw pausedFailure(plan);
  const settled = { ...inputs, updates: noUpdates };
  const isBack = last !== undefined && inputs.registration !== last.registration;
  if (!isBack || words.length === 0) return { ...settled, modifyIndex: plan.modifyIndex };
  if (plan.modifyIndex !== last.modifyIndex) throw changedSince(inputs.jobId, plan);
  if (inputs.jobspec !== last.jobspec) return { ...settled, modifyIndex: plan.modifyIndex };
  const registered = await registerIfUnchanged(inputs, parsedFields(inputs.jobspec), plan.modifyIndex);
  if (registered.kind === "forestalled")
    throw changedSince(inputs.jobId, await planJob(inputs, inputs.jobId, inputs.jobspec));
  if (registered.kind === "refused")
    throw new ProviderFailure(`Nomad refuses the job: ${registered.said}`, ["nothing was registered"]);
  progress.line(`Nomad job: taken back: ${shortList(words)}`);
  return { ...settled, modifyIndex: registered.modifyIndex };
}

/**
 * What differs in the job that Nomad has from the program's. The state stays as it was where nothing new is found, its
 * index included, so that a refresh shows nothing. An index that is still the same says that nobody has registered the job
 * since: what differs then was known, or is a registration of the program's own that was cut off. Throws an HttpError.
 */
export async function lookAtJob(state: RegistrationState): Promise<RegistrationState> {
  const { modifyIndex, updates, changes } = await planJob(state, state.jobId, state.jobspec);
  if (modifyIndex === state.modifyIndex) return state;
  const found = foundRecord(state, changes);
  if (isDeepStrictEqual({ ...state, ...found }, state)) return state;
  return { ...state, ...found, modifyIndex, updates: takesBack(found, "correct") ? updates : noUpdates };
}

function pausedFailure({ updates: { stop, replace } }: JobPlan): ProviderFailure {
  const parts = [
    ...(replace > 0 ? ["replace members"] : []),
    ...(stop > 0 ? [`stop ${count(stop, "member")}`] : []),
  ];
  return new ProviderFailure(
    `the job's change would ${parts.join(" and ")}, and patroni.pause is true: Patroni wouldn't start a PostgreSQL again, and nobody would take over from the leader`,
    [
      "no job was registered",
      "set patroni.pause to false for this change, or take the change back, then run pulumi up again",
    ],
  );
}

function changedSince(jobId: string, plan: JobPlan): ProviderFailure {
  const words = allChanges(plan.changes);
  const now = words.length === 0 ? "" : `: ${shortList(words)}`;
  return new ProviderFailure(`somebody else has changed the Nomad job since pulumi last looked${now}`, [
    "nothing was registered",
    `see who does it (nomad job history -p ${jobId}), then run pulumi up --refresh: it shows the change, and takes it back`,
  ]);
}
