import type { Effect, EffectId, Severity } from "../impact/effect";

/** What a change does to a stack, for a reviewer and for programs. The keys stay the same; `format` says if they don't. */
export interface Review {
  readonly format: 1;
  readonly stack: string;
  /** `failed`: the preview didn't come through, so that `pulumi up` wouldn't either; what is told may not be all. */
  readonly outcome: "previewed" | "failed";
  /** The worst effect on any tenant. */
  readonly worst: Severity;
  /** Those that the change touches, worst first, then by name. */
  readonly tenants: readonly TenantReview[];
  /** How many tenants stay as they are; null where it isn't known how many there are. */
  readonly untouched: number | null;
  /** What happens to resources of no tenant: images, providers. */
  readonly shared: ResourceChanges;
  /** What can't be told, and why: sentences. */
  readonly notes: readonly string[];
  /** Why the preview failed, in its own words. */
  readonly problems: readonly string[];
}

/** What a change does to one tenant. */
export interface TenantReview {
  readonly name: string;
  readonly worst: Severity;
  /** Worst first. */
  readonly effects: readonly ReviewEffect[];
  readonly resources: ResourceChanges;
}

/** An effect of the config's change, or resources that Pulumi would take away and no such effect explains. */
export interface ReviewEffect extends Pick<Effect, "severity" | "change" | "consequence"> {
  readonly id: EffectId | "resources.unexplained";
}

/** What Pulumi would do to resources, components aside. */
export interface ResourceChanges {
  readonly created: number;
  readonly updated: number;
  /** `Job acme-job`, by name. */
  readonly replaced: readonly string[];
  readonly deleted: readonly string[];
}
