import type { CheckFailure } from "./failure";
import type { PluginConfig } from "./plugin";
import type { PackageSchema } from "./schema";
import { closest } from "./spelling";
import type { Bag } from "./values";

/** What the engine itself puts among a provider's settings. */
const enginesOwn: ReadonlySet<string> = new Set(["version", "pluginDownloadURL", "pluginChecksums"]);

/** Everything that is wrong with a provider's settings. */
export function checkConfig(schema: PackageSchema, news: Bag): CheckFailure[] {
  return Object.keys(news).flatMap((name) => {
    if (enginesOwn.has(name) || name.startsWith("__")) return [];
    const setting = schema.config[name];
    const property = `${schema.name}:${name}`;
    if (setting === undefined) {
      const near = closest(name, Object.keys(schema.config));
      const hint = near === undefined ? "" : `; did you mean "${schema.name}:${near}"?`;
      return [{ property: name, reason: `the ${schema.name} provider has no setting "${property}"${hint}` }];
    }
    if (setting.refused === undefined) return [];
    return [
      { property: name, reason: `"${property}" is not carried out by this stand-in: ${setting.refused}` },
    ];
  });
}

/** The settings out of the engine's variables, which are named `<package>:config:<setting>`. Empty texts are absent. */
export function settings(
  schema: PackageSchema,
  variables: readonly (readonly [string, string])[],
): PluginConfig {
  const prefix = `${schema.name}:config:`;
  return Object.fromEntries(
    variables
      .filter(([key, value]) => key.startsWith(prefix) && value !== "")
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}
