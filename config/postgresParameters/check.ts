import { describeFound } from "../found";
import type { LayeredSettings } from "../layers";
import type { PostgresParameters, PostgresVersion } from "../model";
import { unknownKey, wrongValue, type Problem } from "../problem";
import { nearestSpelling } from "../spelling";
import { controlledParameters, narrowedParameters } from "./controlled";
import { allowedValues, type ParameterType } from "./parameterType";
import { isRightValue, type ParameterValue } from "./parameterValue";
import { postgres17Parameters } from "./postgres17";

const parametersOf: Readonly<Record<PostgresVersion, ReadonlyMap<string, ParameterType>>> = {
  17: new Map(Object.entries(postgres17Parameters)),
};

/** Type of one of PostgreSQL's own parameters, as far as Patroni lets it be set. */
export function parameterType(name: string, version: PostgresVersion): ParameterType | undefined {
  return narrowedParameters.get(name) ?? parametersOf[version].get(name);
}

/** A parameter that is wrong by itself. */
export interface ParameterProblem {
  readonly name: string;
  readonly problem: Problem;
}

/** What is wrong with each parameter by itself. */
export function parameterProblems(
  parameters: PostgresParameters,
  version: PostgresVersion,
  pathOf: LayeredSettings["pathOf"],
): ParameterProblem[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const problem = parameterProblem(name, value, version, pathOf(`parameters.${name}`));
    return problem === undefined ? [] : [{ name, problem }];
  });
}

function parameterProblem(
  name: string,
  value: ParameterValue,
  version: PostgresVersion,
  path: string,
): Problem | undefined {
  const instead = controlledParameters.get(name);
  if (instead !== undefined)
    return wrongValue(path, "a parameter that is set for you", "none", `Leave it out. ${instead}`);
  const found = describeFound(value, ["parameters", name]);
  // The document that carries the parameters is a template of Nomad's, in which braces are code.
  if (typeof value === "string" && /[\p{Cc}]|\{\{|\}\}/u.test(value)) {
    return wrongValue(path, found, "a text of one line, without `{{` and `}}`");
  }
  const type = parameterType(name, version);
  if (type !== undefined)
    return isRightValue(value, type) ? undefined : wrongValue(path, found, allowedValues(type));
  return isExtensionParameter(name) ? undefined : unknownParameter(name, version, path);
}

/** Parameters of extensions have the extension's name before a dot, and only the extension knows them. */
function isExtensionParameter(name: string): boolean {
  return /^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)+$/.test(name);
}

function unknownParameter(name: string, version: PostgresVersion, path: string): Problem {
  const meant = nearestSpelling(name, [...parametersOf[version].keys()]);
  if (meant !== undefined) return unknownKey(path, name, meant, []);
  const allowed = `parameters of PostgreSQL ${version}, and those of extensions with a dot in their names`;
  return wrongValue(path, "an unknown parameter", allowed);
}
