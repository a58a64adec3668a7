import type { BenchContext } from "./context";

/**
 * Runs a shell command in a container as its own user, with these variables besides, and returns what it printed.
 * @throws when it fails
 */
export async function inContainer(
  { docker }: Pick<BenchContext, "docker">,
  container: string,
  command: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const exec = await docker.getContainer(container).exec({
    Cmd: ["sh", "-c", command],
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    // A terminal, so that its output is text and not Docker's frames.
    Tty: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ Tty: true });
  let output = "";
  stream.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => stream.once("end", resolve));
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`${command} ended with ${ExitCode}: ${output.trim()}`);
  return output.trim();
}
