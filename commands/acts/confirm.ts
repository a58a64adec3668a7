import { createInterface } from "node:readline/promises";
import { CommandError } from "../commandError";

/** Where an answer comes from: standard input, or a test's own. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/** What the answer must be, as with `pulumi up`: nothing else is taken for it. */
const answer = "yes";

/**
 * Waits until somebody at a terminal has typed `yes`.
 *
 * @throws {CommandError} when it is another word, and where there is no terminal to ask at
 */
export async function confirm(
  input: Input,
  output: { write(text: string): unknown },
  signal: AbortSignal,
): Promise<void> {
  if (input.isTTY !== true)
    throw new CommandError(
      "Nothing was done: there is no terminal to ask at. With --yes it is done unasked.",
    );
  output.write(`Do it? Only "${answer}" does it: `);
  // Without `terminal`, Ctrl-C reaches the process as a signal, as everywhere else.
  const lines = createInterface({ input, terminal: false });
  try {
    const line = await nextLine(lines, signal);
    if (line?.trim() !== answer) throw new CommandError("Nothing was done.");
  } finally {
    lines.close();
  }
}

/** Undefined at the input's end, and when the signal comes. */
function nextLine(
  lines: ReturnType<typeof createInterface>,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => {
      resolve(undefined);
    });
    signal.addEventListener("abort", () => {
      resolve(undefined);
    });
  });
}
