import { compareText } from "../../config/problem";
import { severities, type Effect, type Severity } from "../impact/effect";
import type { Review, ReviewEffect, TenantReview } from "./model";
import { stackOf, type PreviewDocument } from "./previewDocument";
import { recordedChange } from "./recordedChange";
import { noChanges, nothingPlanned, resourcePlan, type ResourcePlan } from "./resourcePlan";
import { unexplained } from "./unexplained";
import { withoutSecrets } from "./withoutSecrets";

/**
 * What a preview means for each tenant. The same preview gives the same review, whatever order its steps came in.
 *
 * @param stack for a preview that failed before it named any
 */
export function stackReview(preview: PreviewDocument, stack: string, failed: boolean): Review {
  const { effects, tenants: known, notes } = recordedChange(preview);
  // How far a preview came that failed is a matter of chance.
  const plan = failed ? nothingPlanned : resourcePlan(preview);
  const names = [...new Set([...effects.map(({ tenant }) => tenant), ...plan.tenants.keys()])];
  const tenants = names.map((name) => tenantReview(name, effects, plan)).sort(compareTenants);
  return {
    format: 1,
    stack: stackOf(preview) ?? stack,
    outcome: failed ? "failed" : "previewed",
    worst: worstOf(tenants.map(({ worst }) => worst)),
    tenants,
    untouched: failed || known === undefined ? null : known.filter((name) => !names.includes(name)).length,
    shared: plan.shared,
    notes: failed ? [] : notes,
    problems: failed ? problemsOf(preview) : [],
  };
}

/** Whether something is as bad as that, or worse. */
export function isAsBadAs(severity: Severity, limit: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(limit);
}

function tenantReview(name: string, all: readonly Effect[], plan: ResourcePlan): TenantReview {
  const resources = plan.tenants.get(name) ?? noChanges;
  const own = all.filter(({ tenant }) => tenant === name);
  const effects = [...own.map(shown), ...unexplained(own, resources)].sort(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  );
  return { name, worst: worstOf(effects.map(({ severity }) => severity)), effects, resources };
}

function shown({ id, severity, change, consequence }: Effect): ReviewEffect {
  return { id, severity, change: withoutSecrets(change), consequence };
}

function worstOf(found: readonly Severity[]): Severity {
  return severities.find((severity) => found.includes(severity)) ?? "none";
}

function compareTenants(one: TenantReview, other: TenantReview): number {
  return severities.indexOf(one.worst) - severities.indexOf(other.worst) || compareText(one.name, other.name);
}

/** Why it failed, without the repetitions that Pulumi adds for each resource and for the whole. */
function problemsOf({ diagnostics }: PreviewDocument): readonly string[] {
  const messages = diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ message }) => message.replace(/^error: /, "").trim())
    .filter((message) => message !== "" && message !== "preview failed");
  return [...new Set(messages)].sort(compareText).map(linesWithoutSecrets);
}

function linesWithoutSecrets(text: string): string {
  return text.split("\n").map(withoutSecrets).join("\n");
}
