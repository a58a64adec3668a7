import { parseDocument } from "../../patroni/configDocument";
import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";

/** Every input that can't be used. Needs no network; values that aren't known yet pass. */
export function checkConfigInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  problems.text("cluster", "a cluster's name");
  problems.address("consulAddress");
  problems.text(
    "dcsPath",
    "a folder without slashes at its ends, such as operations/acme",
    /^[^/\s].*[^/\s]$/,
  );
  problems.seconds("timeoutSeconds");
  const { config } = inputs;
  if (config !== unknownValue && (typeof config !== "string" || parseDocument(config) === undefined))
    problems.add("config", "must be a JSON object with Patroni's dynamic configuration");
  problems.oneOf("drift", ["correct", "adopt"]);
  if (inputs["vaultAddress"] !== "") {
    problems.address("vaultAddress");
    for (const name of ["secretMount", "secretPath", "superuserUsernameField", "superuserPasswordField"])
      problems.text(name, "a text that isn't empty, where vaultAddress is given");
  }
  if (inputs["nomadAddress"] !== "") problems.address("nomadAddress");
  return problems.list;
}
