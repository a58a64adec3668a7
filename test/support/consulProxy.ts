import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A way to a real Consul on which something can happen between a reading and a writing: for what takes a moment that
 * can't be met otherwise. Everything else passes as it is.
 */
export class ConsulProxy {
  /** Runs before the next write is passed on, once. */
  beforeWrite: (() => Promise<void>) | undefined;
  /** How many writes were passed on. */
  writes = 0;

  private constructor(private readonly server: Server) {}

  static async start(consulAddress: string): Promise<ConsulProxy> {
    const server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        if (request.method === "PUT") await proxy.written();
        const token = request.headers["x-consul-token"];
        const answer = await fetch(`${consulAddress}${request.url ?? ""}`, {
          method: request.method ?? "GET",
          ...(typeof token === "string" ? { headers: { "x-consul-token": token } } : {}),
          ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
          signal: AbortSignal.timeout(10_000),
        });
        response.writeHead(answer.status);
        response.end(Buffer.from(await answer.arrayBuffer()));
      })().catch(() => response.destroy());
    });
    const proxy = new ConsulProxy(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async written(): Promise<void> {
    this.writes++;
    const act = this.beforeWrite;
    this.beforeWrite = undefined;
    await act?.();
  }
}
