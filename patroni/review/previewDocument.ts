import type { StackFacts } from "../impact/facts";

/**
 * What `pulumi preview --json --show-sames` prints, as far as it is used here. The order of the steps is that in which
 * they became known, which differs from run to run.
 *
 * Source: PreviewDigest and PreviewStep in pulumi 3.245.0, sdk/go/common/display/json.go
 */
export interface PreviewDocument {
  readonly steps: readonly PreviewStep[];
  readonly diagnostics: readonly PreviewDiagnostic[];
}

/** What Pulumi would do to one resource; a replaced one has several steps. */
export interface PreviewStep {
  /** `same`, `create`, `update`, `replace`, `create-replacement`, `delete-replaced`, `delete`, … */
  readonly op: string;
  readonly urn: string;
  readonly oldState?: PreviewedResource;
  readonly newState?: PreviewedResource;
}

/** A resource as it is, or as it would be. */
export interface PreviewedResource {
  readonly type: string;
  /** Whether a provider makes it; a component is a name for others. */
  readonly custom: boolean;
  /** URN of the component that it is part of. */
  readonly parent?: string;
  /** Of a record of the impact, which has them in clear (providers/impact/model.ts). */
  readonly inputs?: { readonly facts?: StackFacts; readonly factsVersion?: number };
}

/** A line, or several, that the preview printed. */
export interface PreviewDiagnostic {
  /** `info`, `info#err`, `warning`, `error`. */
  readonly severity: string;
  readonly message: string;
}

/** Reads the document; undefined when the text is none, as when Pulumi had no stack to preview. */
export function parsePreview(text: string): PreviewDocument | undefined {
  try {
    const { steps, diagnostics } = JSON.parse(text) as Partial<PreviewDocument>;
    if (steps === undefined && diagnostics === undefined) return undefined;
    return { steps: steps ?? [], diagnostics: diagnostics ?? [] };
  } catch {
    return undefined;
  }
}

/** The stack's name, which stands in every URN: `urn:pulumi:<stack>::<project>::<types>::<name>`. */
export function stackOf({ steps }: PreviewDocument): string | undefined {
  return steps[0]?.urn.split("::")[0]?.slice("urn:pulumi:".length);
}

/** A resource's own name. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
