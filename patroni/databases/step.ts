import { escapeIdentifier } from "pg";

/** A statement that brings a cluster nearer to what is declared, and what to say of it. */
export interface Step {
  /** `role reporting`, `database shop`. */
  readonly subject: string;
  /** What isn't as declared, as what the subject does: `isn't there`, `has CREATEDB`. */
  readonly difference: string;
  /** What the statement does about it: `created`, `CREATEDB taken away`. */
  readonly remedy: string;
  /** One statement. Names in it are quoted; nothing in it is secret. */
  readonly statement: string;
}

/** A name as SQL takes it, whatever is in it. */
export const quoted = escapeIdentifier;

/** Steps of which the others have none with the same statement. */
export function without(steps: readonly Step[], others: readonly Step[]): readonly Step[] {
  const known = new Set(others.map(({ statement }) => statement));
  return steps.filter(({ statement }) => !known.has(statement));
}
