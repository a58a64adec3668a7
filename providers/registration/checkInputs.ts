import {
  wantedRecord,
  noForeignChanges,
  type RegistrationRecord,
} from "../../patroni/jobDrift/foreignChanges";
import { parsedFields } from "../../patroni/observed/json";
import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";
import type { RegistrationInputs, RegistrationWanted } from "./model";

/** Every input that can't be used. Needs no network; values that aren't known yet pass. */
export function checkRegistrationInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  for (const name of ["cluster", "nomadNamespace", "nomadRegion", "jobId"])
    problems.text(name, "text that isn't empty");
  problems.address("nomadAddress");
  problems.oneOf("drift", ["correct", "adopt"]);
  const { jobspec, paused } = inputs;
  if (jobspec !== unknownValue && (typeof jobspec !== "string" || parsedFields(jobspec)["ID"] === undefined))
    problems.add("jobspec", "must be a job in JSON, in the form of Nomad's API");
  if (paused !== unknownValue && typeof paused !== "boolean") problems.add("paused", "must be true or false");
  return problems.list;
}

/** The inputs with what the last look has left to do. `olds` are the inputs of the state, none for a new resource. */
export function completeInputs(
  olds: Partial<RegistrationInputs>,
  news: RegistrationWanted,
): RegistrationInputs {
  const known: RegistrationRecord = {
    changes: olds.changes ?? noForeignChanges,
    adopted: olds.adopted ?? [],
    registration: olds.registration ?? 0,
  };
  const changedByConfig = olds.jobspec !== undefined && olds.jobspec !== news.jobspec;
  return { ...news, ...wantedRecord(known, { drift: news.drift, changedByConfig }) };
}
