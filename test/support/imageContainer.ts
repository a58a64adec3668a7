import type Dockerode from "dockerode";
import { z } from "zod";

/** How a program in a container ended. */
export interface Ended {
  readonly code: number;
  /** Both outputs, in order. */
  readonly output: string;
}

/** What the project's jobs take away from a container, and so do the tests. */
export const hardening = { CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] } as const;

const waitSchema = z.object({ StatusCode: z.number() });

/** Runs a program in a container of its own, without network, to its end. */
export async function runInImage(
  docker: Dockerode,
  run: {
    readonly image: string;
    readonly platform: string;
    readonly entrypoint: readonly string[];
    readonly env?: readonly string[];
  },
): Promise<Ended> {
  const container = await docker.createContainer({
    Image: run.image,
    platform: run.platform,
    Entrypoint: [...run.entrypoint],
    Cmd: [],
    Env: [...(run.env ?? [])],
    // A terminal, so that its log is text and not Docker's frames.
    Tty: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: [...hardening.CapDrop],
      SecurityOpt: [...hardening.SecurityOpt],
    },
  });
  try {
    await container.start();
    const { StatusCode: code } = waitSchema.parse(await container.wait());
    return { code, output: await logOf(container) };
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** All that a container with a terminal has printed. */
export async function logOf(container: Dockerode.Container): Promise<string> {
  const log: unknown = await container.logs({ stdout: true, stderr: true });
  // The client parses what happens to be JSON, such as a lone number.
  const text = Buffer.isBuffer(log)
    ? log.toString("utf8")
    : typeof log === "string"
      ? log
      : JSON.stringify(log);
  return text.replace(/\r\n/g, "\n");
}
