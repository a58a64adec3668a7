import type { ConfigDocument } from "./configDocument";
import { isOn } from "./switchedOn";

/**
 * Whether a dynamic configuration pauses the cluster: Patroni then promotes nobody, starts no PostgreSQL that doesn't
 * run, bootstraps no cluster and copies no data to a new member, until it is resumed.
 *
 * Source: `GlobalConfig.is_paused` in patroni/global_config.py, `Ha._run_cycle` in patroni/ha.py (4.1.5)
 */
export function isPaused(config: ConfigDocument): boolean {
  return isOn(config["pause"]);
}

/** The configuration of a cluster that isn't paused: Patroni's own form of that is not to have the key. */
export function withoutPause(config: ConfigDocument): ConfigDocument {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== "pause"));
}
