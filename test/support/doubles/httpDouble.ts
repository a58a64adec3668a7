import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a double sees it. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** The whole body of a POST or a PUT; empty for other requests, which the doubles answer without. */
  readonly body: string;
}

/** An answer; a string body is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The ground that the doubles of Consul, Nomad and Patroni stand on: an HTTP server on a loopback port of its own,
 * which it keeps when it goes away and comes back.
 */
export abstract class HttpDouble {
  readonly heard: Heard[] = [];
  private server: Server | undefined;
  private listenPort = 0;

  /** Starts to listen; again on the same port after `stop`. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      void this.hear(request, response);
    });
    // As Nomad, Consul and Vault, which keep idle connections longer than clients do: closing one may meet a request.
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => server.listen(this.listenPort, "127.0.0.1", resolve));
    this.listenPort = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  /** Breaks every connection and listens no more: a process that has ended. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  get address(): string {
    return `http://127.0.0.1:${this.listenPort}`;
  }

  /** The answer, once there is one; undefined where the double has written it by itself. */
  protected abstract answer(heard: Heard, response: ServerResponse): Promise<Answer | undefined>;

  private async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", headers } = request;
    const url = new URL(request.url ?? "/", "http://double");
    const body = method === "POST" || method === "PUT" ? await bodyOf(request) : "";
    const heard = { method, path: decodeURIComponent(url.pathname), query: url.searchParams, headers, body };
    this.heard.push(heard);
    await this.respond(heard, response);
  }

  private async respond(heard: Heard, response: ServerResponse): Promise<void> {
    const answer = await this.answer(heard, response);
    if (answer === undefined || response.destroyed) return;
    const { status = 200, headers = {}, body } = answer;
    response.writeHead(status, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * What blocking queries rest on: an index that grows with every change, and questions that are held until it has
 * passed the one they know, or their time is up.
 */
export class ChangeIndex {
  value: number;
  private readonly waiters = new Set<() => void>();

  constructor(start: number) {
    this.value = start;
  }

  /** Something has changed. */
  advance(): void {
    this.value += 1;
    for (const wake of [...this.waiters]) wake();
  }

  /** Starts over with a lower index, as a server does that has lost its state. */
  reset(start: number): void {
    this.value = start;
    for (const wake of [...this.waiters]) wake();
  }

  /** Holds a question as its `index` and `wait` ask for. */
  async held(query: URLSearchParams): Promise<void> {
    const known = Number(query.get("index") ?? 0);
    if (known === 0 || this.value > known) return;
    const seconds = Number(/^(\d+)s$/.exec(query.get("wait") ?? "")?.[1] ?? 300);
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, seconds * 1000);
      timer.unref();
      this.waiters.add(wake);
    });
  }
}
