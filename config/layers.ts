import type { ClusterSettings } from "./schema/cluster";
import type { SettingPath } from "./settingPath";

/** Settings of clusters from one place in the config. */
export interface Layer {
  /** Where a setting of this layer stands, or would stand, in the config. */
  readonly pathOf: (setting: SettingPath) => string;
  readonly settings: ClusterSettings;
  /** Settings that were written here, were wrong and are left out. */
  readonly wrong: readonly string[];
}

/** A cluster's settings with everything laid over each other that applies to it. */
export interface LayeredSettings {
  /** The nearest layer's value of each setting; lists and single values replace, maps are merged key by key. */
  readonly settings: ClusterSettings;
  /** Where the first of some settings that any layer holds is written; the nearest layer wins, and the farthest if none holds any. */
  readonly pathOf: (...settings: readonly string[]) => string;
  /** Whether a setting, or part of it, was wrong in any layer, so that nothing should be concluded from it. */
  readonly isWrong: (setting: string) => boolean;
}

/** @param layers the cluster's own settings first, then what they override */
export function layered(layers: readonly [Layer, ...Layer[]]): LayeredSettings {
  return {
    settings: layers.map((layer) => layer.settings).reduceRight((under, over) => overlay(under, over)),
    pathOf(...settings) {
      const paths = settings.map(stepsOf);
      for (const layer of layers) {
        const held = paths.find((path) => holds(layer.settings, path));
        if (held !== undefined) return layer.pathOf(held);
      }
      return (layers.at(-1) ?? layers[0]).pathOf(paths[0] ?? []);
    },
    isWrong: (setting) => layers.some((layer) => layer.wrong.some((wrong) => touches(wrong, setting))),
  };
}

/** Lays a layer over another. Storage of another type takes nothing from the storage that it replaces. */
function overlay(under: ClusterSettings, over: ClusterSettings): ClusterSettings {
  const { type } = over.storage ?? {};
  const otherStorage = type !== undefined && type !== (under.storage?.type ?? "volume");
  return {
    ...under,
    ...over,
    ...merged("parameters", under, over),
    ...merged("resources", under, over),
    ...(otherStorage ? {} : merged("storage", under, over)),
    ...merged("networks", under, over),
    ...merged("placement", under, over),
    ...merged("patroni", under, over),
    ...mergedCredentials(under, over),
    ...mergedAccess(under, over),
    ...merged("timeouts", under, over),
  };
}

type SectionKey = "parameters" | "resources" | "storage" | "networks" | "placement" | "patroni" | "timeouts";

function merged(key: SectionKey, under: ClusterSettings, over: ClusterSettings): Partial<ClusterSettings> {
  const [below, above] = [under[key], over[key]];
  return below === undefined || above === undefined ? {} : { [key]: { ...below, ...above } };
}

/** What the layer below says of an existing secret counts only where the one above names one too. */
function mergedCredentials(under: ClusterSettings, over: ClusterSettings): Partial<ClusterSettings> {
  if (under.credentials === undefined || over.credentials === undefined) return {};
  const { existing: below, ...rest } = under.credentials;
  const { existing: above } = over.credentials;
  const fields = { ...below?.fields, ...above?.fields };
  const existing =
    below === undefined || above === undefined ? {} : { existing: { ...below, ...above, fields } };
  return { credentials: { ...rest, ...over.credentials, ...existing } };
}

/** A role is one setting: the nearest layer's takes nothing from one of its name below. */
function mergedAccess(under: ClusterSettings, over: ClusterSettings): Partial<ClusterSettings> {
  const [below, above] = [under.access?.roles, over.access?.roles];
  return below === undefined || above === undefined ? {} : { access: { roles: { ...below, ...above } } };
}

/** Names of PostgreSQL's parameters may hold dots. */
function stepsOf(setting: string): SettingPath {
  const [section = "", ...rest] = setting.split(".");
  return section === "parameters" && rest.length > 0 ? [section, rest.join(".")] : [section, ...rest];
}

function holds(value: unknown, steps: SettingPath): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return value !== undefined;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return false;
  return holds((value as Readonly<Record<string, unknown>>)[step], rest);
}

/** Whether one of two paths is the other or lies within it. */
export function touches(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short === "" || long === short || long.startsWith(`${short}.`) || long.startsWith(`${short}[`);
}
