import type { StackFacts } from "../../patroni/impact/facts";

/** What a record is made from. The same fields stand in the inputs and outputs. */
export interface ImpactInputs {
  /**
   * `attempt`: what the last `pulumi up` set out to make; registered first, so that its lines come before anything
   * is done. `success`: what the last one that came through has made; registered last.
   */
  readonly record: "attempt" | "success";
  /** The stack's clusters as the program wants them. */
  readonly facts: StackFacts;
  /** Version of the facts' shape: `factsVersion` of patroni/impact/facts.ts. */
  readonly factsVersion: number;
  /**
   * Of a `success` only: whether all that it records was made. False where a part failed and Pulumi went on; not known
   * yet in a preview, and so what tells the two apart.
   */
  readonly finished?: boolean;
}
