import { createInterface } from "node:readline";

/** One message of the engine's build and push streams. */
export interface EngineMessage {
  readonly id?: string;
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
  readonly aux?: unknown;
}

/** Reads a stream of JSON messages, one a line, as they come. */
export async function* engineMessages(stream: NodeJS.ReadableStream): AsyncGenerator<EngineMessage> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line.trim() !== "") yield JSON.parse(line) as EngineMessage;
  }
}
