import { changedParameter, changedSettings, describeSetting, type SettingChange } from "../configDocument";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";
import { count } from "./wording";

/**
 * What changed settings of Patroni's dynamic configuration do, without what is told by itself: PostgreSQL's
 * parameters, the pause, permanent slots, a standby cluster. Members take all of them up by themselves, without a restart.
 *
 * Source: https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 */
export function settingEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const changes = changedSettings(before.config, after.config).filter(
    (change) => changedParameter(change) === undefined && !toldApart.has(change.path[0] ?? ""),
  );
  return [
    ...synchronousEffects(
      changes.filter((change) => isSynchronous(change) && !isStrictness(change)),
      after,
    ),
    ...strictnessEffects(changes.filter(isStrictness), after),
    ...effects(
      changes.filter(isAccess),
      "settings.access",
      "reload; open sessions stay, new ones are judged by the new rules",
    ),
    ...effects(
      changes.filter((change) => !isSynchronous(change) && !isAccess(change)),
      "settings.patroni",
      "every member takes it up by itself, no restart",
    ),
  ];
}

function isSynchronous({ path: [name = ""] }: SettingChange): boolean {
  return name.startsWith("synchronous_");
}

/** By `pauseEffects`, `slotEffects` and `standbyEffects`. */
const toldApart: ReadonlySet<string> = new Set(["pause", "slots", "standby_cluster"]);

/** Nobody writes while there is no synchronous replica, where otherwise commits would wait for nobody. */
function isStrictness({ path: [name] }: SettingChange): boolean {
  return name === "synchronous_mode_strict";
}

/** https://www.postgresql.org/docs/17/auth-pg-hba-conf.html: the rules are for connections that begin. */
function isAccess({ path: [section, name] }: SettingChange): boolean {
  return section === "postgresql" && name === "pg_hba";
}

function synchronousEffects(changes: readonly SettingChange[], after: TenantFacts): readonly TenantEffect[] {
  const { synchronous_mode: mode, synchronous_node_count: nodes } = after.config;
  const isOff = mode === false || mode === undefined || mode === "off";
  const text = isOff
    ? "commits wait for no replica any more: the last ones can be lost in a failover; no restart"
    : `commits wait for ${count(Number(nodes ?? 1), "replica")} from then on; no restart`;
  return effects(changes, "settings.synchronous", text, isOff ? "warning" : "reload");
}

function strictnessEffects(
  changes: readonly SettingChange[],
  { config }: TenantFacts,
): readonly TenantEffect[] {
  return config["synchronous_mode_strict"] === true
    ? effects(
        changes,
        "settings.synchronous",
        "nobody can write while no replica is synchronous; no restart",
        "warning",
      )
    : effects(
        changes,
        "settings.synchronous",
        "without a synchronous replica commits wait for nobody; no restart",
      );
}

function effects(
  changes: readonly SettingChange[],
  id: TenantEffect["id"],
  consequence: string,
  severity: TenantEffect["severity"] = "reload",
): readonly TenantEffect[] {
  if (changes.length === 0) return [];
  const change = changes.map((one) => describeSetting(one, "→")).join(", ");
  return [{ id, severity, change, consequence }];
}
