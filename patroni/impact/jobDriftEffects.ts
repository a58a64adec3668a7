import type { PlannedUpdates } from "../jobDrift/jobPlan";
import { allChanges, takesBack, type RegistrationRecord } from "../jobDrift/foreignChanges";
import { count } from "./wording";
import type { TenantEffect } from "./effect";

/** What is known of a job that others have changed, by the last look at it. */
export interface JobDriftFacts extends Pick<RegistrationRecord, "changes" | "adopted"> {
  /** What Nomad would do if the program's job were registered again. */
  readonly updates: PlannedUpdates;
}

/** What the program wants meanwhile. */
export interface JobDriftWish {
  readonly drift: "correct" | "adopt";
  readonly paused: boolean;
  /** Whether the program's own job has changed too: what that does is told with the change of the config. */
  readonly changedByConfig: boolean;
}

/** What becomes of what others did to a job. */
export function jobDriftEffects(facts: JobDriftFacts, wish: JobDriftWish): readonly TenantEffect[] {
  const known = { ...facts, registration: 0 };
  if (!takesBack(known, wish.drift)) return keptEffects(facts, wish);
  const change = changeOf([...allChanges(facts.changes), ...facts.adopted]);
  return [{ id: "drift.takenBack", change, ...consequence(facts.updates, wish) }];
}

function keptEffects({ changes, adopted }: JobDriftFacts, wish: JobDriftWish): readonly TenantEffect[] {
  if (wish.changedByConfig && adopted.length > 0)
    return [effect("drift.takenBack", adopted, "goes with the job's change: a job is registered as a whole")];
  return changes.added.length === 0
    ? []
    : [effect("drift.adopted", changes.added, "kept until the job changes: the config doesn't set it")];
}

function effect(id: TenantEffect["id"], words: readonly string[], what: string): TenantEffect {
  return { id, severity: "none", change: changeOf(words), consequence: what };
}

function changeOf(words: readonly string[]): string {
  return `Nomad job by other hands: ${words.join("; ")}`;
}

type Consequence = Pick<TenantEffect, "severity" | "consequence">;

/** By Nomad's own plan: see `PlannedUpdates`. */
function consequence(updates: PlannedUpdates, { paused, changedByConfig }: JobDriftWish): Consequence {
  if (changedByConfig)
    return { severity: "none", consequence: "taken back together with the job's own change" };
  const { start, stop, replace, stay } = updates;
  if (paused && isRefusedWhilePaused(updates))
    return { severity: "warning", consequence: "not taken back: refused while patroni.pause is true" };
  const running = stop + replace + stay;
  if (start + stop + replace === 0)
    return { severity: "none", consequence: "taken back; in place, no member restarts" };
  const parts = [...started(start, running), ...stopped(stop), ...replaced(replace, running)];
  const severity = replace > 0 && running === 1 ? "outage" : stop + replace > 0 ? "failover" : "none";
  return { severity, consequence: `taken back; ${parts.join("; ")}` };
}

function started(start: number, running: number): readonly string[] {
  if (start === 0) return [];
  if (running === 0) return [`the cluster starts again with ${count(start, "member")}`];
  return [`${count(start, "member")} more, brought up to date from the leader`];
}

function stopped(stop: number): readonly string[] {
  if (stop === 0) return [];
  return [
    stop === 1
      ? "1 member stops, that of the highest index; the leader changes if it is that"
      : `${stop} members stop, those of the highest indices; the leader changes if it is among them`,
  ];
}

function replaced(replace: number, running: number): readonly string[] {
  if (replace === 0) return [];
  if (running === 1) return ["the only member is replaced: no reads and writes until it is back"];
  return ["members are replaced, one at a time in Nomad's order; the leader changes when it is its turn"];
}

/**
 * Whether what Nomad would do to a job is refused while its cluster is paused. A member that stops isn't started again by
 * Patroni meanwhile, and nobody takes over from a leader that goes (`Ha._run_cycle` in patroni/ha.py, 4.1.5).
 */
export function isRefusedWhilePaused({ stop, replace }: PlannedUpdates): boolean {
  return stop + replace > 0;
}
