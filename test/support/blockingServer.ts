import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One request to a double. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A double's answer. A string is sent as it is, anything else as JSON. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/**
 * An HTTP server on a free loopback port whose answers come from state that changes: `changed` raises its index and
 * lets blocking queries go, as Consul and Nomad do it.
 */
export class BlockingServer {
  readonly asked: Asked[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly server: Server;
  private index = 10;

  constructor(
    private readonly indexHeader: string,
    private readonly answer: (asked: Asked) => Answer | Promise<Answer>,
  ) {
    this.server = createServer((request, response) => {
      void this.respond(request).then(({ status, body }) => {
        response.writeHead(status ?? 200, { [this.indexHeader]: String(this.index) });
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      });
    });
    // As Nomad and Consul, which keep idle connections longer than clients do: closing one may meet a request.
    this.server.keepAliveTimeout = 0;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  changed(): void {
    this.index += 1;
    for (const go of this.waiting) go();
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async respond(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://double");
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", headers } = request;
    const asked = { method, path: url.pathname, query: url.searchParams, headers, body };
    this.asked.push(asked);
    await this.hold(url.searchParams);
    return this.answer(asked);
  }

  private async hold(query: URLSearchParams): Promise<void> {
    if (Number(query.get("index") ?? -1) < this.index) return;
    const waitMs = Number.parseFloat(query.get("wait") ?? "0") * 1000;
    await new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, waitMs);
      this.waiting.add(go);
    });
  }
}
