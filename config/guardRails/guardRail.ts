import type { Platform } from "../model";
import type { Problem } from "../problem";
import type { Rule } from "../rule";
import type { SettledCluster } from "../stackRules";

/** Everything that a guard rail of the whole stack may look at. */
export interface GuardedStack {
  readonly platform: Platform;
  readonly clusters: readonly SettledCluster[];
}

/** A rule that protects data, secrets or reproducibility, and that no setting switches off. */
export type GuardRail = {
  /** Stays the same, for programs and for people who look it up in docs/guard-rails.md. */
  readonly id: string;
} & (
  | { readonly of: "cluster"; readonly rule: Rule }
  | { readonly of: "stack"; readonly problems: (stack: GuardedStack) => readonly Problem[] }
);
