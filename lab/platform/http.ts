import { request } from "node:http";

/** Where and how to ask. */
export interface HttpRequest {
  readonly method?: "GET" | "PUT" | "POST" | "DELETE";
  /** Path of a Unix socket to send it to instead of the URL's host. */
  readonly socketPath?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: Buffer;
  /** Until the whole answer is there. Default 5. */
  readonly timeoutSeconds?: number;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request without a proxy and without keeping the connection.
 * @throws when nothing answers within the timeout.
 */
export async function ask(url: string, options: HttpRequest = {}): Promise<HttpAnswer> {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const timeoutSeconds = options.timeoutSeconds ?? 5;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: options.method ?? "GET",
        agent: false,
        ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
        headers: {
          ...options.headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => (text += chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, text });
        });
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.name === "AbortError" ? `no answer within ${timeoutSeconds} s` : (error.code ?? error.message);
      reject(new Error(`${options.socketPath ?? url}: ${why}`));
    });
    sent.end(options.rawBody ?? body);
  });
}

/**
 * The JSON of a successful answer.
 * @throws when nothing answers, or not with a 2xx status; the message holds the start of the answer.
 */
export async function askJson(url: string, options: HttpRequest = {}): Promise<unknown> {
  const answer = await ask(url, options);
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(
      `${options.method ?? "GET"} ${url}: ${answer.status} ${answer.text.trim().slice(0, 300)}`,
    );
  }
  return answer.text === "" ? undefined : (JSON.parse(answer.text) as unknown);
}
