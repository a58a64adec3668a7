import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";

/** Every input that can't be used. Needs no network; values that aren't known yet pass. */
export function checkAccessInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  for (const name of [
    "cluster",
    "mount",
    "nodePool",
    "secretMount",
    "secretPath",
    "superuserUsernameField",
    "superuserPasswordField",
    "dcsPath",
    "nomadNamespace",
    "nomadRegion",
  ])
    problems.text(name, "a text");
  for (const name of ["vaultAddress", "consulAddress", "nomadAddress"]) problems.address(name);
  problems.seconds("timeoutSeconds");
  for (const name of ["roles", "datacenters"]) {
    const value = inputs[name];
    if (value !== unknownValue && !(Array.isArray(value) && value.length > 0))
      problems.add(name, "must be a list of at least one");
  }
  const { postgresPort } = inputs;
  const isPort = Number.isInteger(postgresPort) && Number(postgresPort) > 0 && Number(postgresPort) <= 65535;
  if (postgresPort !== unknownValue && !isPort)
    problems.add("postgresPort", `must be a port, not ${JSON.stringify(postgresPort)}`);
  return problems.list;
}
