import { describeFound } from "./found";
import { unknownKey, wrongValue, type Problem } from "./problem";
import { simpleSettings, topLevelKeys, type SimpleKey } from "./schema/topLevel";
import type { ConfigSource } from "./source";
import { nearestSpelling } from "./spelling";

/** What stands at the top of the project's namespace. */
export interface TopLevel {
  readonly simple: Readonly<Record<SimpleKey, string>>;
  /** Unchecked; undefined if absent, or reported. */
  readonly platform: unknown;
  readonly tenants: unknown;
  /** Whether `platform` is there and can't be read. */
  readonly platformWrong: boolean;
}

/** Reads the keys at the top. */
export function readTopLevel(source: ConfigSource, problems: Problem[]): TopLevel {
  for (const key of Object.keys(source.values)) {
    if (topLevelKeys.includes(key)) continue;
    problems.push(unknownKey(key, key, nearestSpelling(key, topLevelKeys), topLevelKeys));
  }
  for (const key of source.secretKeys) problems.push(secretProblem(key));
  const platform = readStructure(source, "platform", problems);
  return {
    simple: {
      nomadAddress: readSimple(source, "nomadAddress", problems),
      nomadNamespace: readSimple(source, "nomadNamespace", problems),
      nomadRegion: readSimple(source, "nomadRegion", problems),
      consulAddress: readSimple(source, "consulAddress", problems),
      vaultAddress: readSimple(source, "vaultAddress", problems),
      imageRepository: readSimple(source, "imageRepository", problems),
    },
    platform,
    tenants: readStructure(source, "tenants", problems),
    platformWrong: platform === undefined && Object.hasOwn(source.values, "platform"),
  };
}

function secretProblem(key: string): Problem {
  return wrongValue(
    key,
    "a secret",
    "plain values",
    "No setting is a secret: passwords are generated, or read from Vault where `credentials.existing` says so.",
  );
}

function readSimple(source: ConfigSource, key: SimpleKey, problems: Problem[]): string {
  const { schema, default: fallback } = simpleSettings[key];
  const written = isReadable(source, key) ? source.values[key] : undefined;
  const value = written === undefined || written === "" ? fallback : written;
  if (source.secretKeys.includes(key)) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const found = describeFound(value === "" ? undefined : value, [key]);
  problems.push(wrongValue(key, found, result.error.issues[0]?.message ?? ""));
  return fallback;
}

function readStructure(source: ConfigSource, key: "platform" | "tenants", problems: Problem[]): unknown {
  const text = isReadable(source, key) ? source.values[key] : undefined;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    problems.push(wrongValue(key, describeFound(text, [key]), "a map"));
    return undefined;
  }
}

function isReadable(source: ConfigSource, key: string): boolean {
  return !source.secretKeys.includes(key);
}
