import { secretSign } from "../../config/guardRails/secretSigns";
import { hiddenValue, shownValue } from "../alterSystem";

/** A value of a job before and after somebody changed it, as Nomad writes it; undefined or empty for unset. */
export interface ChangedValue {
  /** Names from the object outside to the field: `config`, `image`. */
  readonly path: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** A longer text is cut. */
const valueLength = 120;

/** Parts of a task whose values are anybody's, and so may be passwords. */
const anybodys = /^(env\[|auth\b|embeddedTmpl$)/i;

/** Fields that hold nanoseconds. */
const durations =
  /(?:timeout|interval|delay|deadline|stagger|healthyTime|ttl|lostAfter|splay|^min|^max|grace)$/i;

/** `count 3 → 2`, `config.image "a" → "b"`, `template patroni.yml.embeddedTmpl changed`. */
export function describeValues({ path, from, to }: ChangedValue): string {
  const name = path.join(".");
  if (isText(from) || isText(to)) return `${name} changed`;
  return `${name} ${shown(path, from)} → ${shown(path, to)}`;
}

/** One value, for what was added or removed. */
export function describeValue(path: readonly string[], value: string): string {
  return isText(value) ? path.join(".") : `${path.join(".")} ${shown(path, value)}`;
}

function isText(value: string): boolean {
  return value.includes("\n");
}

function shown(path: readonly string[], value: string): string {
  const name = path.at(-1) ?? "";
  if (value === "") return "unset";
  if (path.some((part) => anybodys.test(part)) || secretSign(`${name}=${value}`) !== undefined)
    return hiddenValue;
  const open = shownValue(name, value);
  if (open !== value) return open;
  if (/^\d+$/.test(value) && durations.test(name)) return duration(Number(value));
  return /^(-?\d+(\.\d+)?|true|false)$/.test(value) ? value : JSON.stringify(cut(value));
}

function duration(nanoseconds: number): string {
  const milliseconds = nanoseconds / 1e6;
  return milliseconds >= 1000 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

function cut(value: string): string {
  return value.length > valueLength ? `${value.slice(0, valueLength)}…` : value;
}
