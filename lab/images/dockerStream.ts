import type Dockerode from "dockerode";
import { z } from "zod";

/** One message of the stream with which Docker answers a pull, a push or a build. */
const messageSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
});

/**
 * Follows what Docker says of a pull, a push or a build to its end; `onLine` is handed every line.
 * @throws {Error} with Docker's own words when it failed, which Docker says in the stream alone.
 */
export async function followDocker(
  docker: Dockerode,
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void,
): Promise<void> {
  let failure: string | undefined;
  await new Promise<void>((resolve, reject) => {
    const finished = (error: Error | null): void => {
      if (error === null) resolve();
      else reject(error);
    };
    docker.modem.followProgress(stream, finished, (found: unknown) => {
      const message = messageSchema.parse(found);
      failure ??= message.error;
      const text =
        message.stream ?? [message.id, message.status].filter((part) => part !== undefined).join(": ");
      for (const line of text.split("\n")) if (line.trim() !== "") onLine(line.trim());
    });
  });
  if (failure !== undefined) throw new Error(failure);
}
