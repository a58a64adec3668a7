import { credentialParts } from "../../patroni/credentials";
import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";

/** Every input that can't be used. Needs no network; values that aren't known yet pass. */
export function checkDatabasesInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  for (const name of ["cluster", "mount", "path", "dcsPath"]) problems.text(name, "a text");
  for (const name of ["vaultAddress", "consulAddress"]) problems.address(name);
  problems.seconds("timeoutSeconds");
  problems.oneOf("drift", ["correct", "adopt"]);
  problems.object("fields", (inner) => {
    for (const part of credentialParts) inner.text(part, "the name of a field in the secret");
  });
  problems.object("databases", (inner, databases) => {
    for (const name of Object.keys(databases))
      inner.object(name, (database) => {
        database.text("owner", "the name of a role");
      });
  });
  problems.object("roles", (inner, roles) => {
    for (const name of Object.keys(roles)) inner.object(name, () => undefined);
  });
  if (inputs["drops"] !== unknownValue && !Array.isArray(inputs["drops"]))
    problems.add("drops", "must be a list of what may be dropped");
  return problems.list;
}
