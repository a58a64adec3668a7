import { HttpError } from "./http";

/** Something that an operator can act on: one sentence, and lines that support it and say what to do next. */
export class ProviderFailure extends Error {
  constructor(
    readonly headline: string,
    readonly details: readonly string[] = [],
  ) {
    super([headline, ...details].join(indent));
    this.name = "ProviderFailure";
  }
}

/** Pulumi sets the text behind a bullet and a tab. */
const indent = "\n      ";

/**
 * A create or update that failed with the resource kept in the state: Pulumi's server of dynamic providers turns
 * an error with these fields into one that marks the resource as not initialised, and the next `pulumi up` calls
 * `update`, which takes up where this one stopped. It shows `reasons` alone. `properties` must carry the inputs'
 * `__provider`, or the resource could never be deleted.
 */
export class UnfinishedError extends Error {
  readonly reasons: readonly string[];

  constructor(
    readonly id: string,
    readonly properties: Readonly<Record<string, unknown>>,
    message: string,
  ) {
    super(message);
    this.name = "UnfinishedError";
    this.reasons = [message];
  }
}

/**
 * Runs a create or an update. What it throws that an operator can act on becomes an UnfinishedError with the
 * properties as `unfinished` gives them at that moment; a bug passes.
 */
export async function keepingState<T>(
  id: string,
  cluster: string,
  unfinished: () => object,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderFailure || error instanceof HttpError)) throw error;
    throw new UnfinishedError(id, { ...unfinished() }, `cluster ${cluster}: ${error.message}`);
  }
}
