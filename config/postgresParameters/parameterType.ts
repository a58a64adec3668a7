/** What PostgreSQL takes as the value of a parameter. */
export type ParameterType =
  | { readonly kind: "boolean" }
  | { readonly kind: "text" }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly boolean: boolean }
  | {
      readonly kind: "integer" | "real";
      readonly min: number;
      readonly max: number;
      /** Unit of a plain number, and the one in which `min` and `max` are. */
      readonly unit: BaseUnit | undefined;
    };

/** Units in which PostgreSQL keeps parameters. */
export type BaseUnit = "B" | "kB" | "8kB" | "MB" | "ms" | "s" | "min";

/** `on` or `off`. */
export const boolean: ParameterType = { kind: "boolean" };

/** Any text. */
export const text: ParameterType = { kind: "text" };

/** One of some words, in any case. */
export function choice(...choices: readonly string[]): ParameterType {
  return { kind: "choice", choices, boolean: false };
}

/** `on`, `off`, or one of some words. */
export function choiceOrBoolean(...choices: readonly string[]): ParameterType {
  return { kind: "choice", choices, boolean: true };
}

/** A whole number, with a unit if the parameter has one. */
export function integer(min: number, max: number, unit?: BaseUnit): ParameterType {
  return { kind: "integer", min, max, unit };
}

/** A number, with a unit if the parameter has one. */
export function real(min: number, max: number, unit?: BaseUnit): ParameterType {
  return { kind: "real", min, max, unit };
}

/** The values that a type takes, in words. */
export function allowedValues(type: ParameterType): string {
  switch (type.kind) {
    case "boolean":
      return "`on` or `off`";
    case "text":
      return "a text";
    case "choice": {
      const choices = [...(type.boolean ? ["on", "off"] : []), ...type.choices];
      return choices.map((choice) => (choice === "" ? "an empty text" : `\`${choice}\``)).join(", ");
    }
    case "integer":
    case "real": {
      const numbers = type.kind === "integer" ? "a whole number" : "a number";
      return `${numbers} from ${type.min} to ${type.max}${type.unit === undefined ? "" : unitWords(type.unit)}`;
    }
  }
}

function unitWords(unit: BaseUnit): string {
  const isTime = unit === "ms" || unit === "s" || unit === "min";
  const units = isTime ? "us, ms, s, min, h or d" : "B, kB, MB, GB or TB";
  return ` in units of ${unit}, or with a unit behind it: ${units}`;
}
