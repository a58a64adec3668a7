import { isMapping, sameValue, type ConfigDocument, type ConfigValue } from "../configDocument";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/**
 * What becomes of replication slots that Patroni keeps. It copies a logical one to a replica by stopping the replica's
 * PostgreSQL (`SlotsHandler.copy_logical_slots`), drops one that is no longer listed, and one that is listed otherwise to
 * make it anew (`SlotsHandler.sync_replication_slots`, patroni 4.1.5).
 */
export function slotEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [slotsOf(before.config), slotsOf(after.config)];
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  const gone = names.filter((name) => to[name] === undefined);
  const other = names.filter(
    (name) => from[name] !== undefined && to[name] !== undefined && !sameValue(from[name], to[name]),
  );
  const come = names.filter((name) => from[name] === undefined);
  const logical = come.filter((name) => typeOf(to[name]) === "logical");
  const physical = come.filter((name) => typeOf(to[name]) !== "logical");
  return [
    ...effect(
      gone,
      "removed",
      "warning",
      "dropped on every member: who read from it can't go on where it was",
    ),
    ...effect(
      other,
      "changed",
      "warning",
      "dropped and made anew: who read from it can't go on where it was",
    ),
    ...effect(
      after.members > 1 ? logical : [],
      "added",
      "restart",
      "made on the leader; each replica restarts once, by itself, to take a copy",
    ),
    ...effect(
      after.members > 1 ? physical : come,
      "added",
      "reload",
      "made while members run; WAL is kept until it is read, for as long as that takes",
    ),
  ];
}

function effect(
  names: readonly string[],
  what: string,
  severity: TenantEffect["severity"],
  consequence: string,
): readonly TenantEffect[] {
  if (names.length === 0) return [];
  const change = `permanent ${names.length === 1 ? "slot" : "slots"} ${names.join(", ")} ${what}`;
  return [{ id: "settings.slots", severity, change, consequence }];
}

function slotsOf(config: ConfigDocument): ConfigDocument {
  const slots = config["slots"];
  return isMapping(slots) ? slots : {};
}

function typeOf(slot: ConfigValue | undefined): ConfigValue | undefined {
  return isMapping(slot) ? slot["type"] : undefined;
}
