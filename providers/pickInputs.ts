/**
 * A resource's inputs alone, of what Pulumi hands over as its properties: its outputs are among them, and the provider's own
 * text. `check` has seen to it that they are what the type says.
 */
export function pickInputs<Inputs extends object>(
  names: readonly (keyof Inputs)[],
  properties: { readonly [name in keyof Inputs]?: unknown },
): Inputs {
  return Object.fromEntries(names.map((name) => [name, properties[name]])) as Inputs;
}
