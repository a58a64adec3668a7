/** How far an act is, by one look at the cluster. */
export type ActProgress =
  | { readonly kind: "done"; readonly said: string }
  /** `waitingFor` follows "waiting for". */
  | { readonly kind: "going on"; readonly waitingFor: string }
  /** It has ended, otherwise than it was meant to. */
  | { readonly kind: "failed"; readonly said: string };

/** An act that goes on. */
export function goingOn(waitingFor: string): ActProgress {
  return { kind: "going on", waitingFor };
}
