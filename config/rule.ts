import type { LayeredSettings } from "./layers";
import type { Cluster } from "./model";
import { wrongValue, type Problem } from "./problem";
import type { ClusterSettings } from "./schema/cluster";

/** Facts of the platform that clusters have to fit. */
export interface PlatformLimits {
  /** Shortest session that the Consul agents take, or undefined if what the config says of it is wrong. */
  readonly sessionTtlMinSeconds: number | undefined;
  /** Shortest time after which a lost agent is called failed, or undefined if the config doesn't say or is wrong. */
  readonly nodeFailureSeconds: number | undefined;
}

/** What a rule found wrong. */
export interface Violation {
  readonly found: string;
  readonly allowed: string;
  /** A sentence. */
  readonly next?: string;
}

/** A rule over several settings of one cluster. */
export interface Rule {
  /** The settings involved. It is reported at the first of those that stand nearest to the cluster. */
  readonly settings: readonly [string, ...string[]];
  /** @returns what is wrong, or undefined if nothing is; `written` is the config before defaults */
  readonly violation: (
    cluster: Cluster,
    limits: PlatformLimits,
    written: ClusterSettings,
  ) => Violation | undefined;
}

/** Applies rules to a cluster, leaving out those of which a setting is wrong by itself. */
export function violations(
  rules: readonly Rule[],
  cluster: Cluster,
  limits: PlatformLimits,
  layered: LayeredSettings,
): Problem[] {
  return rules.flatMap((rule): Problem[] => {
    if (rule.settings.some((setting) => layered.isWrong(setting))) return [];
    const violation = rule.violation(cluster, limits, layered.settings);
    if (violation === undefined) return [];
    const path = layered.pathOf(...rule.settings);
    return [wrongValue(path, violation.found, violation.allowed, violation.next)];
  });
}
