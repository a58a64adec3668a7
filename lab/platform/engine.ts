import { ask, askJson } from "./http";
import { holds, notYet, type Look } from "./waiting";

/** The Docker engine that a lab's containers run on. */
export interface Engine {
  /** For `DOCKER_HOST`: `unix://` and the socket's path. */
  readonly host: string;
}

/** One call of Docker's API. https://docs.docker.com/reference/api/engine/ */
export interface EngineCall {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 10. */
  readonly timeoutSeconds?: number;
}

/** Path of the Unix socket of an engine. */
export function engineSocket(engine: Engine): string {
  return engine.host.replace(/^unix:\/\//, "");
}

/** Whether an engine answers. */
export async function lookAtEngine(engine: Engine): Promise<Look> {
  const { status } = await ask("http://docker/_ping", { socketPath: engineSocket(engine) });
  return status === 200 ? holds : notYet(`it answers a ping with ${status}`);
}

/**
 * Calls Docker's API and returns the JSON of its answer.
 * @throws when the engine refuses; the message holds its status and reason.
 */
export async function askEngine(engine: Engine, path: string, call: EngineCall = {}): Promise<unknown> {
  return askJson(`http://docker${path}`, { timeoutSeconds: 10, ...call, socketPath: engineSocket(engine) });
}

/**
 * Calls Docker's API for something that may be so already: it is no error that a container is gone (404),
 * is stopped already (304) or is being removed by somebody else (409).
 */
export async function askEngineForgiving(engine: Engine, path: string, call: EngineCall): Promise<void> {
  const { status, text } = await ask(`http://docker${path}`, {
    timeoutSeconds: 10,
    ...call,
    socketPath: engineSocket(engine),
  });
  const isFine = (status >= 200 && status < 300) || [304, 404, 409].includes(status);
  if (!isFine) throw new Error(`${call.method ?? "GET"} ${path}: ${status} ${text.trim().slice(0, 300)}`);
}

/** Puts an image without any file into the engine, if it isn't there yet. */
export async function ensureEmptyImage(engine: Engine, repository: string, tag: string): Promise<void> {
  const socketPath = engineSocket(engine);
  const { status } = await ask(`http://docker/images/${repository}:${tag}/json`, { socketPath });
  if (status === 200) return;
  const { text } = await ask(
    `http://docker/images/create?fromSrc=-&repo=${encodeURIComponent(repository)}&tag=${tag}`,
    // Two blocks of zeros are an empty tar archive.
    { method: "POST", socketPath, rawBody: Buffer.alloc(1024), timeoutSeconds: 30 },
  );
  if (/"error"/.test(text)) throw new Error(`Docker could not import an empty image: ${text.trim()}`);
}
