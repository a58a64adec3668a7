import { loadConfig } from "../../../config/load";
import type { StackConfig } from "../../../config/model";
import { ConfigError } from "../../../config/problem";
import type { ConfigSource, FileContent, Machine } from "../../../config/source";

/** What stands at the top of the project's namespace: texts, and maps as they are before Pulumi makes JSON of them. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** A machine with the files that are given, and no others. */
export function machineWith(
  files: Readonly<Record<string, FileContent>> = {},
  architecture = "x64",
): Machine {
  return {
    architecture,
    homeDirectory: "/home/operator",
    projectDirectory: "/srv/databases",
    readFile: (path) => files[path] ?? { kind: "missing" },
  };
}

/** Hands a config over as Pulumi does. */
export function sourceOf(raw: RawConfig, rest: Partial<Omit<ConfigSource, "values">> = {}): ConfigSource {
  const texts = Object.entries(raw).map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { values: Object.fromEntries(texts), secretKeys: [], machine: machineWith(), ...rest };
}

/** The least that a stack's config may say, and what is to be added to it. */
export function stackWith(tenants: unknown, platform: Readonly<Record<string, unknown>> = {}): RawConfig {
  return {
    imageRepository: "registry.example.net/patroni",
    platform: { networks: { replication: ["10.0.0.0/8"] }, ...platform },
    tenants,
  };
}

/** Loads a config that has to be right. */
export function loadRaw(raw: RawConfig): StackConfig {
  return loadConfig(sourceOf(raw));
}

/** The lines of the message about a config that has to be wrong. */
export function problemLines(raw: RawConfig, rest: Partial<Omit<ConfigSource, "values">> = {}): string[] {
  try {
    loadConfig(sourceOf(raw, rest));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/^ {2}- /, ""));
  }
  return [];
}
