import type { ConfigDocument } from "./configDocument";
import { fields, number, text } from "./observed/json";

/**
 * Whether a dynamic configuration makes the cluster a standby of another one: its leader streams from there, and nobody
 * can write to it.
 *
 * Source: `GlobalConfig.is_standby_cluster` in patroni/global_config.py (4.1.5)
 */
export function followsAnother(config: ConfigDocument | Readonly<Record<string, unknown>>): boolean {
  const other = fields(config["standby_cluster"]);
  return ["host", "port", "restore_command"].some((name) => Boolean(other[name]));
}

/** Where the cluster that is followed answers, for people: `10.20.0.7:5432`. */
export function followed(config: ConfigDocument): string {
  const other = fields(config["standby_cluster"]);
  return `${text(other["host"]) ?? "an archive of WAL"}${other["port"] === undefined ? "" : `:${number(other["port"]) ?? ""}`}`;
}
