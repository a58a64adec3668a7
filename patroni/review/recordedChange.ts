import { compareEffects, effectLine, type Effect } from "../impact/effect";
import { factsVersion, type StackFacts } from "../impact/facts";
import { stackEffects } from "../impact/stackEffects";
import { nameOf, type PreviewDocument, type PreviewedResource } from "./previewDocument";

/** What the records of the impact say of a change (docs/impact.md). */
export interface RecordedChange {
  /** Worst first. */
  readonly effects: readonly Effect[];
  /** Every tenant of before and after; undefined where there is no record of them. */
  readonly tenants: readonly string[] | undefined;
  /** Why there is nothing to compare with: sentences. */
  readonly notes: readonly string[];
}

const recordNames = ["impact-attempt", "impact-success"];

/**
 * The effects from both records' facts, by the same function that says them in the preview: from what the last
 * `pulumi up` set out to make, and from what the last one that came through has made, each effect once.
 */
export function recordedChange(preview: PreviewDocument): RecordedChange {
  const steps = preview.steps.filter(({ urn }) => recordNames.includes(nameOf(urn)));
  const wanted = steps.map(({ newState }) => newState?.inputs?.facts).find(isFacts);
  if (wanted === undefined) return { effects: [], tenants: undefined, notes: [] };
  const befores = isFirst(preview) ? [{}] : steps.flatMap(({ oldState }) => comparableFacts(oldState));
  const effects = new Map(
    befores
      .flatMap((before) => stackEffects(before, wanted))
      .map((effect) => [`${effect.id} ${effectLine(effect)}`, effect]),
  );
  const tenants = [...new Set([wanted, ...befores].flatMap((facts) => Object.keys(facts)))];
  return { effects: [...effects.values()].sort(compareEffects), tenants, notes: notesOn(steps, befores) };
}

/** Whether nothing was ever made, so that everything that is wanted is new. */
function isFirst({ steps }: PreviewDocument): boolean {
  return steps.every(({ op }) => op === "create");
}

function comparableFacts(state: PreviewedResource | undefined): readonly StackFacts[] {
  const { facts, factsVersion: version } = state?.inputs ?? {};
  return isFacts(facts) && version === factsVersion ? [facts] : [];
}

/** Pulumi shows a text in place of a secret. */
function isFacts(facts: unknown): facts is StackFacts {
  return typeof facts === "object" && facts !== null;
}

function notesOn(steps: PreviewDocument["steps"], befores: readonly StackFacts[]): readonly string[] {
  if (befores.length > 0) return [];
  return steps.some(({ oldState }) => oldState !== undefined)
    ? [
        "The last record of the clusters is of another version of this program, so the effects of this change can't be told. After the next `pulumi up` they can.",
      ]
    : [
        "There is no record of the clusters yet, so the effects of this change can't be told. After the next `pulumi up` they can.",
      ];
}
