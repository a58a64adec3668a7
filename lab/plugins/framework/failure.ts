import type { Bag } from "./values";

/** A failure that the person at the keyboard can act on: what happened, where, what to do next. No stack, no secret. */
export class PluginFailure extends Error {
  override readonly name: string = "PluginFailure";
}

/**
 * The resource exists but didn't become what it should. The engine keeps it in the state, and the next `pulumi up`
 * calls update on it.
 */
export class PartialFailure extends PluginFailure {
  override readonly name = "PartialFailure";

  /**
   * @param id The resource's ID.
   * @param outputs What is known of it.
   * @param secrets Names of the outputs that are secret.
   */
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Bag,
    readonly secrets: ReadonlySet<string> = new Set(),
  ) {
    super(message);
  }
}

/** One input that can't be accepted. */
export interface CheckFailure {
  /** Path of the property, such as `build.platform`; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}
