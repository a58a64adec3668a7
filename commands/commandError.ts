import { ProviderFailure } from "../providers/failure";
import { HttpError } from "../providers/http";

/**
 * What ends a command: something that the person at the keyboard can mend, in one sentence or a few: what happened,
 * where, and what to do next. It is shown as it is, without a stack trace, and the command ends with 2.
 */
export class CommandError extends Error {
  /** By this name the launcher (bin/bootstrap.js) knows what to show as it is. */
  override readonly name = "UserError";
}

/** What ends a command when Consul can't be asked: a CommandError in its own words; a bug stays as it is. */
export function commandErrorOf(error: unknown): unknown {
  return error instanceof HttpError || error instanceof ProviderFailure
    ? new CommandError(error.message)
    : error;
}
