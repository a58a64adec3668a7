import { credentialParts } from "../../patroni/credentials";
import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";

/** Every input that can't be used. Needs no network; values that aren't known yet pass. */
export function checkRotationInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  for (const name of ["cluster", "mount", "path", "dcsPath", "nomadNamespace", "nomadRegion", "jobId"])
    problems.text(name, "a text");
  for (const name of ["vaultAddress", "consulAddress", "nomadAddress"]) problems.address(name);
  problems.seconds("timeoutSeconds");
  problems.object("fields", (inner) => {
    for (const part of credentialParts) inner.text(part, "the name of a field in the secret");
  });
  for (const [name, least] of [
    ["generation", 1],
    ["maxAgeDays", 0],
  ] as const) {
    const value = inputs[name];
    if (value !== unknownValue && !(Number.isInteger(value) && Number(value) >= least))
      problems.add(name, `must be a whole number from ${least}, not ${JSON.stringify(value)}`);
  }
  return problems.list;
}
