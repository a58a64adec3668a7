import { isDeepStrictEqual } from "node:util";

/** Names of the inputs whose values differ from the state's. One that a preview doesn't know yet differs. */
export function changedInputs<Inputs extends object>(
  names: readonly (keyof Inputs)[],
  state: Readonly<Inputs>,
  inputs: Readonly<Inputs>,
): readonly (keyof Inputs)[] {
  return names.filter((name) => !isDeepStrictEqual(state[name], inputs[name]));
}
