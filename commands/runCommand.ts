/**
 * Runs a command to its end and lets the process end with the code that it returns, which is handed on; with 2, and a
 * sentence on standard error, when it can't be carried out. SIGINT and SIGTERM reach it through the signal that it is
 * given, and if it hasn't ended half a second later they end the process, with 130 as a shell does. A reader of
 * standard output that goes away ends it too.
 */
export async function runCommand(command: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      stop.abort();
      setTimeout(() => process.exit(130), 500);
    });
  process.stdout.on("error", () => process.exit(2));
  const code = await command(stop.signal).catch((error: unknown) => {
    process.stderr.write(`${describe(error)}\n`);
    return 2;
  });
  process.exitCode = code;
  // What is still being asked has no reader any more.
  if (stop.signal.aborted) process.stdout.write("", () => process.exit(code));
  return code;
}

function describe(error: unknown): string {
  if (error instanceof Error && error.name === "UserError") return error.message;
  if (process.env["DEBUG"] && error instanceof Error) return error.stack ?? error.message;
  const [line = "no message"] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `Something unexpected went wrong: ${line} (run it again with DEBUG=1 to see where)`;
}
