import { check, isMap } from "./check";
import { platformDefaults } from "./defaults";
import { describeFound } from "./found";
import { touches, type Layer } from "./layers";
import { wrongValue, type Problem } from "./problem";
import type { ClusterSurroundings } from "./resolveCluster";
import type { PlatformLimits } from "./rule";
import { clusterAllowed, clusterSettings, type ClusterSettings } from "./schema/cluster";
import type { PlatformSettings } from "./schema/platform";
import { withoutOuterSlashes } from "./schema/vault";
import { renderPath, type SettingPath } from "./settingPath";

/** What all clusters have in common. */
export interface SharedParts {
  /** `platform.defaults`, and under it what `platform` itself says of all clusters. */
  readonly layers: readonly [Layer, Layer];
  readonly surroundings: ClusterSurroundings;
  readonly limits: PlatformLimits;
}

/** @param wrong paths within `platform` of settings that were wrong and are left out */
export function readSharedParts(
  settings: PlatformSettings,
  wrong: readonly string[],
  problems: Problem[],
): SharedParts {
  const { kvMount, kvPath } = { ...platformDefaults.vault, ...settings.vault };
  const { sessionTtlMinSeconds } = { ...platformDefaults.consul, ...settings.consul };
  const isWrong = (setting: string) => wrong.some((path) => touches(path, setting));
  return {
    layers: [readDefaults(settings.defaults ?? {}, problems), platformLayer(settings, wrong)],
    surroundings: {
      agentAddress: settings.consul?.agentAddress,
      kvMount: withoutOuterSlashes(kvMount),
      kvPath: withoutOuterSlashes(kvPath),
    },
    limits: {
      sessionTtlMinSeconds: isWrong("consul.sessionTtlMinSeconds") ? undefined : sessionTtlMinSeconds,
      nodeFailureSeconds: settings.consul?.nodeFailureSeconds,
    },
  };
}

/** Checks a cluster's settings at a place in the config, each by itself. */
export function readLayer(raw: unknown, at: SettingPath, problems: Problem[]): Layer {
  const pathOf = (setting: SettingPath) => renderPath([...at, ...setting]);
  if (!isMap(raw)) {
    problems.push(wrongValue(renderPath(at), describeFound(raw, at), clusterAllowed));
    return { pathOf, settings: {}, wrong: [""] };
  }
  const { value, wrong } = check(clusterSettings, raw, at, problems);
  return { pathOf, settings: value, wrong };
}

function readDefaults(raw: unknown, problems: Problem[]): Layer {
  const layer = withoutOwn(readLayer(raw, ["platform", "defaults"], problems), problems);
  const { storage } = layer.settings;
  if (storage?.whenRemoved === undefined || storage.whenRemoved === "keep") return layer;
  const next = "That data may be deleted has to be said of each cluster by itself, with its name.";
  const found = describeFound(storage.whenRemoved, []);
  problems.push(wrongValue(layer.pathOf(["storage", "whenRemoved"]), found, "`keep`", next));
  return { ...layer, settings: { ...layer.settings, storage: { ...storage, whenRemoved: "keep" } } };
}

/** Leaves out what only a cluster's own entry may have: what is in a database belongs to one of them. */
function withoutOwn(layer: Layer, problems: Problem[]): Layer {
  const { databases, roles, allow, ...settings } = layer.settings;
  for (const [key, value] of Object.entries({ databases, roles, allow })) {
    if (value === undefined) continue;
    const found = `\`${key}\` for every cluster`;
    problems.push(wrongValue(layer.pathOf([key]), found, "the same in a cluster's own entry"));
  }
  return { ...layer, settings };
}

/** Settings of clusters that stand beside `platform.defaults`, because they describe the platform. */
function platformLayer(
  { datacenters, nodePool, networks }: PlatformSettings,
  wrong: readonly string[],
): Layer {
  const placement = {
    ...(datacenters === undefined ? {} : { datacenters }),
    ...(nodePool === undefined ? {} : { nodePool }),
  };
  const settings: ClusterSettings = { placement, ...(networks === undefined ? {} : { networks }) };
  return {
    pathOf([section = "", ...rest]) {
      if (section === "networks") return renderPath(["platform", section, ...rest]);
      const isOfPlatform = section === "placement" && (rest[0] === "datacenters" || rest[0] === "nodePool");
      return renderPath(isOfPlatform ? ["platform", ...rest] : ["platform", "defaults", section, ...rest]);
    },
    settings,
    wrong: wrong.flatMap((path) => {
      if (path === "" || path.startsWith("networks")) return [path];
      return path.startsWith("datacenters") || path === "nodePool" ? [`placement.${path}`] : [];
    }),
  };
}
