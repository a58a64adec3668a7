import { compareText } from "../../config/problem";
import type { ResourceChanges } from "./model";
import { nameOf, type PreviewDocument, type PreviewedResource, type PreviewStep } from "./previewDocument";

/** What Pulumi would do to resources, by whose they are. */
export interface ResourcePlan {
  readonly tenants: ReadonlyMap<string, ResourceChanges>;
  /** Those of no tenant. */
  readonly shared: ResourceChanges;
}

const clusterType = "patroni:index:PatroniCluster";
/** They differ with every change, and are there to say what it does. */
const recordType = "pulumi-nodejs:dynamic/patroni:ChangeImpact";

export const noChanges: ResourceChanges = { created: 0, updated: 0, replaced: [], deleted: [] };

export const nothingPlanned: ResourcePlan = { tenants: new Map(), shared: noChanges };

/** Sorts what Pulumi would do by tenant. Tenants of which nothing changes are left out. */
export function resourcePlan({ steps }: PreviewDocument): ResourcePlan {
  const states = new Map(steps.map((step) => [step.urn, stateOf(step)]));
  const ops = new Map<string, string[]>();
  for (const { urn, op } of steps) ops.set(urn, [...(ops.get(urn) ?? []), op]);
  const all = [...ops].flatMap(([urn, own]): readonly OwnChange[] => {
    const state = states.get(urn);
    const kind = kindOf(own);
    if (kind === undefined || !state?.custom || state.type === recordType) return [];
    return [{ tenant: tenantOf(urn, states), kind, name: `${shortType(state.type)} ${nameOf(urn)}` }];
  });
  const names = [...new Set(all.flatMap(({ tenant }) => (tenant === undefined ? [] : [tenant])))];
  return {
    tenants: new Map(names.map((name) => [name, counted(all.filter(({ tenant }) => tenant === name))])),
    shared: counted(all.filter(({ tenant }) => tenant === undefined)),
  };
}

interface OwnChange {
  readonly tenant: string | undefined;
  readonly kind: keyof ResourceChanges;
  readonly name: string;
}

function stateOf({ oldState, newState }: PreviewStep): PreviewedResource | undefined {
  return newState ?? oldState;
}

/** What all steps of one resource come to; undefined for none, and for reading. */
function kindOf(ops: readonly string[]): keyof ResourceChanges | undefined {
  // replace, create-replacement, delete-replaced, discard-replaced, read-replacement, import-replacement
  if (ops.some((op) => op.includes("replace"))) return "replaced";
  if (ops.some((op) => op === "delete" || op === "discard")) return "deleted";
  if (ops.some((op) => op === "create" || op === "import")) return "created";
  return ops.includes("update") ? "updated" : undefined;
}

/** The cluster that the resource is part of, at any depth. */
function tenantOf(
  urn: string,
  states: ReadonlyMap<string, PreviewedResource | undefined>,
): string | undefined {
  const state = states.get(urn);
  if (state?.type === clusterType) return nameOf(urn);
  return state?.parent === undefined ? undefined : tenantOf(state.parent, states);
}

/** `nomad:index/job:Job` is a `Job`. */
function shortType(type: string): string {
  return type.startsWith("pulumi:providers:")
    ? "provider"
    : type.slice(Math.max(type.lastIndexOf(":"), type.lastIndexOf("/")) + 1);
}

function counted(changes: readonly OwnChange[]): ResourceChanges {
  const named = (kind: keyof ResourceChanges) =>
    changes
      .filter((change) => change.kind === kind)
      .map(({ name }) => name)
      .sort(compareText);
  return {
    created: named("created").length,
    updated: named("updated").length,
    replaced: named("replaced"),
    deleted: named("deleted"),
  };
}
