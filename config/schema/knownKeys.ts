import * as z from "zod";
import { renderPath, type SettingPath } from "../settingPath";

/** The keys that a map in the config may have; undefined where a schema leaves them open or there is no map. */
export function keysAt(schema: z.ZodType, path: SettingPath): readonly string[] | undefined {
  const here = unwrap(schema);
  const [step, ...rest] = path;
  if (here instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(here.shape);
    const inner: unknown = here.shape[step];
    return inner instanceof z.ZodType ? keysAt(inner, rest) : undefined;
  }
  const entry = entrySection(here);
  if (entry !== undefined && step !== undefined) return keysAt(entry, rest);
  if (here instanceof z.ZodArray && typeof step === "number" && here.element instanceof z.ZodType) {
    return keysAt(here.element, rest);
  }
  return undefined;
}

/** A setting that is not a section, with the schema of its value. */
export interface Leaf {
  readonly path: SettingPath;
  readonly schema: z.ZodType;
}

/** Every setting of a section, and of the sections in it, in the order in which they are declared. */
export function leavesOf(schema: z.ZodType, at: SettingPath = []): Leaf[] {
  const here = unwrap(schema);
  const entry = entrySection(here);
  if (entry !== undefined) return leavesOf(entry, [...at, entryStep]);
  if (!(here instanceof z.ZodObject)) return [{ path: at, schema: here }];
  return Object.entries(here.shape).flatMap(([key, inner]) =>
    inner instanceof z.ZodType ? leavesOf(inner, [...at, key]) : [],
  );
}

/** Stands in paths for the name of a map's entry. */
const entryStep = "<name>";

/** What each entry of a map by names is, where it is a section. */
function entrySection(schema: z.ZodType): z.ZodObject | undefined {
  if (!(schema instanceof z.ZodRecord)) return undefined;
  const value: unknown = schema.valueType;
  const entry = value instanceof z.ZodType ? unwrap(value) : undefined;
  return entry instanceof z.ZodObject ? entry : undefined;
}

/** Paths of a section's settings by their last step. */
export function pathsByName(schema: z.ZodType): ReadonlyMap<string, string> {
  return new Map(leavesOf(schema).map(({ path }) => [String(path.at(-1)), renderPath(path)]));
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapped = schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault;
  const inner: unknown = isWrapped ? schema.unwrap() : schema;
  return isWrapped && inner instanceof z.ZodType ? unwrap(inner) : schema;
}
