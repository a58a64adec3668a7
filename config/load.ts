import { check, isMap } from "./check";
import { platformClusterName, tenantNameProblem } from "./clusterName";
import { clusterRules } from "./clusterRules";
import { databaseProblems } from "./databases/check";
import { describeFound } from "./found";
import { guardRailProblems } from "./guardRails/guardRails";
import { layered } from "./layers";
import type { Cluster, StackConfig } from "./model";
import { parameterProblems } from "./postgresParameters/check";
import { compareText, ConfigError, wrongValue, type Problem } from "./problem";
import { resolveCluster, type ClusterIdentity } from "./resolveCluster";
import { resolvePlatform } from "./resolvePlatform";
import { violations } from "./rule";
import { platformSettings, type PlatformSettings } from "./schema/platform";
import { renderPath, type SettingPath } from "./settingPath";
import { readLayer, readSharedParts, type SharedParts } from "./sharedParts";
import type { ConfigSource } from "./source";
import { stackProblems, type SettledCluster } from "./stackRules";
import { readTopLevel } from "./topLevel";

/**
 * Turns what an operator wrote into what it means.
 *
 * @throws ConfigError with everything that is wrong, if anything is
 */
export function loadConfig(source: ConfigSource): StackConfig {
  const problems: Problem[] = [];
  const top = readTopLevel(source, problems);
  const { value: settings, wrong } = check(platformSettings, top.platform ?? {}, ["platform"], problems);
  const platformWrong = top.platformWrong ? [""] : wrong;
  const platform = resolvePlatform(top.simple, settings, source.machine, problems);
  const shared = readSharedParts(settings, platformWrong, problems);
  const settled = writtenClusters(settings, top.tenants, problems).map((written) =>
    settle(written, shared, problems),
  );
  problems.push(...stackProblems(settled), ...guardRailProblems({ platform, clusters: settled }));
  if (problems.length > 0) throw new ConfigError(problems);
  return { platform, clusters: settled.map(({ cluster }): Cluster => cluster) };
}

interface WrittenCluster {
  readonly identity: ClusterIdentity;
  readonly at: SettingPath;
  readonly raw: unknown;
  readonly isNameRight: boolean;
}

/** The platform's own cluster first, then the tenants by name. */
function writtenClusters(
  settings: PlatformSettings,
  tenants: unknown,
  problems: Problem[],
): WrittenCluster[] {
  const own = settings.cluster === undefined ? [] : [platformCluster(settings.cluster)];
  if (tenants !== undefined && !isMap(tenants)) {
    problems.push(wrongValue("tenants", describeFound(tenants, ["tenants"]), "a map of tenants by name"));
    return own;
  }
  const entries = Object.entries(tenants ?? {}).sort(([a], [b]) => compareText(a, b));
  const written = entries.map(([name, raw]): WrittenCluster => {
    const problem = tenantNameProblem(name);
    if (problem !== undefined) problems.push(problem);
    const at = ["tenants", name];
    return { identity: { name, configPath: renderPath(at) }, at, raw, isNameRight: problem === undefined };
  });
  return [...own, ...written];
}

function platformCluster(raw: unknown): WrittenCluster {
  const at = ["platform", "cluster"];
  return { identity: { name: platformClusterName, configPath: renderPath(at) }, at, raw, isNameRight: true };
}

function settle(
  { identity, at, raw, isNameRight }: WrittenCluster,
  shared: SharedParts,
  problems: Problem[],
): SettledCluster {
  const settings = layered([readLayer(raw, at, problems), ...shared.layers]);
  const cluster = resolveCluster(identity, settings, shared.surroundings);
  const parameters = parameterProblems(cluster.parameters, cluster.postgresVersion, settings.pathOf);
  const isWrong = (setting: string) =>
    settings.isWrong(setting) || parameters.some(({ name }) => setting === `parameters.${name}`);
  problems.push(
    ...parameters.map(({ problem }) => problem),
    ...databaseProblems(cluster, settings),
    ...violations(clusterRules, cluster, shared.limits, { ...settings, isWrong }),
  );
  return { cluster, layered: settings, isNameRight };
}
