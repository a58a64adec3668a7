/**
 * Something that the person at the keyboard can mend. Its message is one sentence or a few: what happened,
 * where, and what to do next. It is shown as it is, without a stack trace.
 */
export class UserError extends Error {
  override readonly name = "UserError";
}
