/** How bad an effect can be, worst first. */
export const severities = [
  /** Data is deleted, or was in nothing but what goes. */
  "data loss",
  /** Nobody is left to serve for a while, or for good. */
  "outage",
  /** Another member becomes leader, or may. */
  "failover",
  /** Members restart in place, one at a time. */
  "restart",
  /** Nothing happens now, but something can happen later, or `pulumi up` may refuse it. */
  "warning",
  /** Members take it up while they run. */
  "reload",
  "none",
] as const;
export type Severity = (typeof severities)[number];

/** Every kind of effect. The names are stable, for programs that read them. */
export type EffectId =
  | "tenant.created"
  | "tenant.removed"
  | "members.added"
  | "members.removed"
  | "parameters.restart"
  | "parameters.extension"
  | "parameters.reload"
  | "settings.synchronous"
  | "settings.access"
  | "settings.pause"
  | "settings.slots"
  | "settings.standby"
  | "settings.patroni"
  | "job.replaced"
  | "job.inPlace"
  | "placement.loosened"
  | "placement.changed"
  | "storage.moved"
  | "storage.capacity"
  | "storage.plugin"
  | "storage.whenRemoved"
  | "credentials.source"
  | "credentials.generation"
  | "databases.created"
  | "databases.changed"
  | "databases.kept"
  | "databases.dropped"
  | "drift.takenBack"
  | "drift.adopted";

/** One thing that a change does to one tenant's cluster. */
export interface Effect {
  readonly id: EffectId;
  readonly tenant: string;
  readonly severity: Severity;
  /** What differs: `max_connections 100 → 200`. */
  readonly change: string;
  /** What that does: a clause without a full stop. */
  readonly consequence: string;
}

/** An effect before it is known whose it is. */
export type TenantEffect = Omit<Effect, "tenant">;

/** The effect as a line: `acme: max_connections 100 → 200: rolling restart, …`. */
export function effectLine({ tenant, change, consequence }: Effect): string {
  return `${tenant}: ${change}: ${consequence}`;
}

/** For sorting: worst first, then by tenant, then by kind. */
export function compareEffects(one: Effect, other: Effect): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    compareText(one.tenant, other.tenant) ||
    compareText(one.id, other.id)
  );
}

/** In the order of code units, which no locale changes. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
