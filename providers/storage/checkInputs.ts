import { elements, fields } from "../../patroni/observed/json";
import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";

/** Every input that can't be used; values that a preview doesn't know yet pass. */
export function checkInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  for (const name of ["cluster", "nomadNamespace", "nomadRegion", "jobId"]) problems.text(name, "a name");
  for (const name of ["nomadAddress", "consulAddress"]) problems.address(name);
  problems.oneOf("kind", ["volume", "ephemeral"]);
  problems.oneOf("whenRemoved", ["keep", "delete"]);
  // Two parts at least: everything below it is deleted with the data, and never a whole `operations/`.
  problems.text("dcsPath", "a folder of two or more parts such as operations/acme", /^[^/\s]+(\/[^/\s]+)+$/);
  problems.seconds("timeoutSeconds");
  wholeNumber(problems, inputs, "members", 1);
  if (inputs["kind"] === "volume") checkVolumes(problems, inputs);
  if (inputs["kind"] === "ephemeral" && inputs["whenRemoved"] === "keep") {
    problems.add("whenRemoved", 'must be "delete" with kind "ephemeral": throw-away data can\'t be kept');
  }
  return problems.list;
}

function checkVolumes(problems: InputProblems, inputs: RawInputs): void {
  for (const name of ["volumeName", "nodePool", "pluginId"]) problems.text(name, "a name");
  problems.oneOf("accessMode", ["single-node-single-writer"]);
  problems.oneOf("attachmentMode", ["file-system"]);
  problems.object("parameters", (inner, parameters) => {
    for (const name of Object.keys(parameters)) inner.text(name, "a text");
  });
  if (Array.isArray(inputs["datacenters"]) && inputs["datacenters"].length === 0) {
    problems.add("datacenters", 'must name at least one datacenter, or "*"');
  }
  checkConstraints(problems, inputs);
  wholeNumber(problems, inputs, "capacityMinBytes", 0);
  wholeNumber(problems, inputs, "capacityMaxBytes", 0);
  if (Number(inputs["capacityMaxBytes"]) < Number(inputs["capacityMinBytes"])) {
    problems.add("capacityMaxBytes", "must not be less than capacityMinBytes");
  }
}

/** Nomad refuses these two on volumes (`HostVolume.Validate` in its nomad/structs/host_volumes.go). */
function checkConstraints(problems: InputProblems, inputs: RawInputs): void {
  for (const constraint of elements(inputs["constraints"])) {
    const { operator } = fields(constraint);
    if (operator !== "distinct_hosts" && operator !== "distinct_property") continue;
    const reason = `can't hold "${operator}": volumes of one name are always on distinct nodes`;
    problems.add("constraints", reason);
  }
}

function wholeNumber(problems: InputProblems, inputs: RawInputs, property: string, least: number): void {
  const value = inputs[property];
  if (value === unknownValue || (Number.isSafeInteger(value) && Number(value) >= least)) return;
  problems.add(property, `must be a whole number of at least ${least}, not ${JSON.stringify(value)}`);
}
