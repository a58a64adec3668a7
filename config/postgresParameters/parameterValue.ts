import type { BaseUnit, ParameterType } from "./parameterType";

/** A value as it stands in the config. */
export type ParameterValue = string | number | boolean;

// PostgreSQL's own tables (`memory_unit_conversion_table` and `time_unit_conversion_table` in utils/misc/guc.c).
const bytes = new Map([
  ["B", 1],
  ["kB", 2 ** 10],
  ["8kB", 2 ** 13],
  ["MB", 2 ** 20],
  ["GB", 2 ** 30],
  ["TB", 2 ** 40],
]);
const milliseconds = new Map([
  ["us", 1e-3],
  ["ms", 1],
  ["s", 1e3],
  ["min", 6e4],
  ["h", 3.6e6],
  ["d", 8.64e7],
]);

const booleans = new Map([
  ...["on", "true", "yes", "1"].map((word) => [word, true] as const),
  ...["off", "false", "no", "0"].map((word) => [word, false] as const),
]);

/** A boolean as PostgreSQL and Patroni both read it, or undefined. */
export function readBoolean(value: ParameterValue): boolean | undefined {
  return booleans.get(String(value).trim().toLowerCase());
}

/** A number in the parameter's base unit, or undefined if it isn't a number with a unit that fits. */
export function readNumber(value: ParameterValue, unit: BaseUnit | undefined): number | undefined {
  if (typeof value === "boolean") return undefined;
  const match = /^\s*([-+]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))\s*([A-Za-z]*)\s*$/i.exec(
    String(value),
  );
  if (match === null) return undefined;
  const [, digits = "", written = ""] = match;
  const number = /^[-+]?0[0-7]+$/.test(digits) ? parseInt(digits, 8) : signed(digits);
  const factor = written === "" ? 1 : conversion(written, unit);
  return factor === undefined ? undefined : number * factor;
}

function signed(digits: string): number {
  return digits.startsWith("-") ? -Number(digits.slice(1)) : Number(digits.replace(/^\+/, ""));
}

function conversion(written: string, unit: BaseUnit | undefined): number | undefined {
  if (unit === undefined) return undefined;
  const table = bytes.has(unit) ? bytes : milliseconds;
  const [from, to] = [table.get(written), table.get(unit)];
  return from === undefined || to === undefined || written === "8kB" ? undefined : from / to;
}

/** Bytes of a value of a parameter whose base unit is one of memory, or undefined. */
export function readBytes(value: ParameterValue, unit: BaseUnit): number | undefined {
  const number = readNumber(value, unit);
  const factor = bytes.get(unit);
  return number === undefined || factor === undefined ? undefined : number * factor;
}

/** As PostgreSQL (`rint`) and Patroni round. */
function roundHalfToEven(number: number): number {
  const rounded = Math.round(number);
  return Math.abs(number % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Whether PostgreSQL takes the value. Integers are rounded, as PostgreSQL does. */
export function isRightValue(value: ParameterValue, type: ParameterType): boolean {
  switch (type.kind) {
    case "boolean":
      return readBoolean(value) !== undefined;
    case "text":
      return true;
    case "choice":
      return (
        (type.boolean && readBoolean(value) !== undefined) ||
        type.choices.includes(String(value).toLowerCase())
      );
    case "integer":
    case "real": {
      const number = readNumber(value, type.unit);
      if (number === undefined) return false;
      // Patroni doesn't read hexadecimal where fractions are allowed.
      if (type.kind === "real" && /^\s*[-+]?0x/i.test(String(value))) return false;
      const taken = type.kind === "integer" ? roundHalfToEven(number) : number;
      return taken >= type.min && taken <= type.max;
    }
  }
}
