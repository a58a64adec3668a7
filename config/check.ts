import type * as z from "zod";
import { describeFound } from "./found";
import { unknownKey, wrongValue, type Problem } from "./problem";
import { keysAt, pathsByName } from "./schema/knownKeys";
import { renderPath, type SettingPath } from "./settingPath";
import { nearestSpelling } from "./spelling";

/** A part of the config whose wrong settings were reported and left out. */
export interface Checked<T> {
  readonly value: T;
  /** Paths within it, such as `patroni.ttlSeconds`, of settings that were meant and can't be relied on. */
  readonly wrong: readonly string[];
}

/**
 * Checks a part of the config setting by setting. Adds a problem for each that is wrong, and returns the rest, so
 * that what depends on the rest can be checked in the same run.
 */
export function check<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  at: SettingPath,
  problems: Problem[],
): Checked<T> {
  const result = schema.safeParse(raw);
  if (result.success) return { value: result.data, wrong: [] };
  const wrong: string[] = [];
  for (const { path, meant, problem } of result.error.issues.flatMap((issue) =>
    findings(issue, schema, raw, at),
  )) {
    problems.push(problem);
    wrong.push(renderPath(path), ...(meant === undefined ? [] : [meant]));
  }
  return { value: parseRest(schema, raw, result.error.issues), wrong };
}

/** Something wrong at a path within the part; for an unknown key also the path that was meant. */
interface Finding {
  readonly path: SettingPath;
  readonly meant?: string | undefined;
  readonly problem: Problem;
}

function findings(issue: z.core.$ZodIssue, schema: z.ZodType, raw: unknown, at: SettingPath): Finding[] {
  const parent = stepsOf(issue);
  const full = [...at, ...parent];
  if (issue.code !== "unrecognized_keys") {
    const found = describeFound(valueAt(raw, parent), full);
    const next = nextStep(issue, valueAt(raw, parent));
    return [{ path: parent, problem: wrongValue(renderPath(full), found, issue.message, next) }];
  }
  const known = keysAt(schema, parent) ?? [];
  return issue.keys.map((key) => {
    // The very name in another section is meant rather than one here that only begins so.
    const sibling = pathsByName(schema).has(key) ? undefined : nearestSpelling(key, known);
    const elsewhere = sibling === undefined ? settingNamed(schema, key) : undefined;
    const meant = sibling === undefined ? elsewhere : renderPath([...parent, sibling]);
    const suggestion = sibling ?? (elsewhere === undefined ? undefined : within(at, elsewhere));
    const path = [...parent, key];
    return { path, meant, problem: unknownKey(renderPath([...at, ...path]), key, suggestion, known) };
  });
}

/** What a schema of this program's adds to its words as `params`, or the mending of a number that is a text. */
function nextStep(issue: z.core.$ZodIssue, found: unknown): string | undefined {
  const next: unknown = issue.code === "custom" ? issue.params?.["next"] : undefined;
  if (typeof next === "string") return next;
  if (typeof found !== "string" || !/^\d+$/.test(found)) return undefined;
  const isNumberMissing =
    (issue.code === "invalid_type" && (issue.expected === "int" || issue.expected === "number")) ||
    (issue.code === "invalid_value" && issue.values.includes(Number(found)));
  return isNumberMissing ? "Write the number without quotes." : undefined;
}

/** The setting of this name in any section: what was written may just stand in the wrong place. */
function settingNamed(schema: z.ZodType, key: string): string | undefined {
  const paths = pathsByName(schema);
  const name = nearestSpelling(key, [...paths.keys()]);
  return name === undefined ? undefined : paths.get(name);
}

function within(at: SettingPath, path: string): string {
  return at.length === 0 ? path : `${renderPath(at)}.${path}`;
}

/** Parses without what the issues are about: first the settings themselves, then the sections that hold them. */
function parseRest<T>(schema: z.ZodType<T>, raw: unknown, issues: readonly z.core.$ZodIssue[]): T {
  for (const depth of [Infinity, 1]) {
    const rest: unknown = structuredClone(raw);
    for (const issue of issues) {
      if (issue.code === "unrecognized_keys")
        for (const key of issue.keys) remove(rest, [...stepsOf(issue), key]);
      else remove(rest, outsideLists(stepsOf(issue)).slice(0, depth));
    }
    const result = schema.safeParse(rest);
    if (result.success) return result.data;
  }
  return schema.parse({});
}

function outsideLists(path: SettingPath): SettingPath {
  const list = path.findIndex((step) => typeof step === "number");
  return list === -1 ? path : path.slice(0, list);
}

function stepsOf(issue: z.core.$ZodIssue): SettingPath {
  return issue.path.map((step) => (typeof step === "number" ? step : String(step)));
}

function valueAt(raw: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((value, step) => (isIndexable(value) ? value[step] : undefined), raw);
}

function remove(raw: unknown, path: SettingPath): void {
  const parent = valueAt(raw, path.slice(0, -1));
  const last = path.at(-1);
  if (isMap(parent) && last !== undefined) Reflect.deleteProperty(parent, last);
}

function isIndexable(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Whether a value is a map, as YAML and JSON know it. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
