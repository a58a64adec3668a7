import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that a scripted server got. */
export interface Heard {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as JSON; undefined where there was none. */
  readonly body: unknown;
}

/** What a scripted server says. A string is sent as it is, anything else as JSON. */
export interface Said {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers by `METHOD /path`. One that is absent gets 404. */
export type Script = Readonly<Record<string, (heard: Heard) => Said | Promise<Said>>>;

/** An HTTP server on a free loopback port that answers by a script and remembers what it heard. */
export class ScriptedServer {
  readonly heard: Heard[] = [];
  private readonly server: Server;
  private script: Script = {};

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", "http://scripted");
        const text = Buffer.concat(chunks).toString("utf8");
        const heard: Heard = {
          method: request.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          body: text === "" ? undefined : JSON.parse(text),
        };
        this.heard.push(heard);
        void this.answer(heard).then(({ status, body, headers }) => {
          response.writeHead(status ?? 200, headers);
          response.end(typeof body === "string" ? body : JSON.stringify(body));
        });
      });
    });
    // As Nomad, Consul and Vault, which keep idle connections longer than clients do: closing one may meet a request.
    this.server.keepAliveTimeout = 0;
  }

  static async start(): Promise<ScriptedServer> {
    const started = new ScriptedServer();
    await new Promise<void>((resolve) => started.server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  /** `http://127.0.0.1:<port>`. */
  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on answers by `script`, and forgets what it heard. */
  play(script: Script): void {
    this.script = script;
    this.heard.splice(0);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(heard: Heard): Promise<Said> {
    const answer = this.script[`${heard.method} ${heard.path}`];
    return answer === undefined ? { status: 404, body: "not in the script" } : answer(heard);
  }
}
