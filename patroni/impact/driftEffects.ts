import { describeAlterSystem, splitAlterSystem, type MemberSettings } from "../alterSystem";
import {
  changedParameter,
  changedSettings,
  describeSetting,
  type ConfigDocument,
  type SettingChange,
} from "../configDocument";
import { decidedByAbsence, isEmpty, settingsBeyond, withSettings } from "../configDrift";
import { restartParameters } from "../restartParameters";
import type { TenantEffect } from "./effect";

/** What is known of a cluster's settings, by the last look at it. */
export interface DriftFacts {
  /** The document that the config asked for when it was last applied. */
  readonly applied: ConfigDocument;
  /** What stands in Consul, adopted settings included. */
  readonly standing: ConfigDocument;
  /** What `ALTER SYSTEM` has set, adopted settings included. */
  readonly alterSystem: MemberSettings;
  /** Whether what is kept was known and in effect already: then there is no news of it. */
  readonly settled: boolean;
}

/** What becomes of what others changed, worst first. */
export function driftEffects(
  { applied, standing, alterSystem, settled }: DriftFacts,
  config: ConfigDocument,
  drift: "correct" | "adopt",
): readonly TenantEffect[] {
  const others = drift === "adopt" ? settingsBeyond(standing, config, applied, decidedByAbsence) : {};
  const undone = new Set(changedSettings(standing, withSettings(config, others)).map(pathOf));
  const changes = changedSettings(applied, standing);
  const takenBack = changes.filter((change) => undone.has(pathOf(change)));
  const added = new Set(changedSettings({}, others).map(pathOf));
  const kept = changes.filter((change) => added.has(pathOf(change)));
  const { wrong, adopted } = splitAlterSystem(alterSystem, drift, config);
  const back = effects(takenBack, wrong, "drift.takenBack", "taken back");
  return settled
    ? back
    : [...back, ...effects(kept, adopted, "drift.adopted", "kept: the config doesn't set it")];
}

function effects(
  changes: readonly SettingChange[],
  byMember: MemberSettings,
  id: "drift.takenBack" | "drift.adopted",
  what: string,
): readonly TenantEffect[] {
  const [restarts, reloads] = [true, false].map((takes) => changes.filter((one) => restarted(one) === takes));
  const names = Object.values(byMember).flatMap((settings) => Object.keys(settings));
  const bySystem = names.some((name) => restartParameters.has(name.toLowerCase()));
  const effect = (change: string, restart: boolean): TenantEffect => ({
    id,
    severity: restart ? "restart" : "reload",
    change,
    consequence: `${what}; ${restart ? "an ordered rolling restart where a member runs otherwise" : "reload, no restart"}`,
  });
  const describe = (some: readonly SettingChange[] = []) =>
    some.map((one) => `${describeSetting(one, "→")} by other hands`).join(", ");
  return [
    ...(isEmpty(restarts ?? []) ? [] : [effect(describe(restarts), true)]),
    ...(isEmpty(byMember) ? [] : [effect(`ALTER SYSTEM: ${describeAlterSystem(byMember)}`, bySystem)]),
    ...(isEmpty(reloads ?? []) ? [] : [effect(describe(reloads), false)]),
  ];
}

function restarted(change: SettingChange): boolean {
  return restartParameters.has(changedParameter(change) ?? "");
}

function pathOf({ path }: SettingChange): string {
  return JSON.stringify(path);
}
