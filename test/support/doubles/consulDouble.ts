import { ChangeIndex, HttpDouble, type Answer, type Heard } from "./httpDouble";

/**
 * A double of Consul's KV store, as far as a wait for a leader uses it: `GET /v1/kv/<folder>?recurse` with blocking
 * queries. The contract: https://developer.hashicorp.com/consul/api-docs/kv#read-key and
 * https://developer.hashicorp.com/consul/api-docs/features/blocking. Held to the real one by the integration tests.
 */
export class ConsulDouble extends HttpDouble {
  /** Every request must carry this token when it is set. */
  token: string | undefined;
  private readonly index = new ChangeIndex(100);
  private readonly keys = new Map<string, { readonly value: string; readonly session: string | undefined }>();

  /** Sets a key; with a session it is locked. */
  put(key: string, value: string | object, session?: string): void {
    this.keys.set(key, { value: typeof value === "string" ? value : JSON.stringify(value), session });
    this.index.advance();
  }

  delete(key: string): void {
    this.keys.delete(key);
    this.index.advance();
  }

  /** Comes back from a restart with nothing kept, as a development server does: the index starts over. */
  forget(): void {
    this.keys.clear();
    this.index.reset(1);
  }

  protected override async answer({ path, query, headers }: Heard): Promise<Answer> {
    if (this.token !== undefined && headers["x-consul-token"] !== this.token)
      return {
        status: 403,
        body: "Permission denied: token with AccessorID '…' lacks permission 'key:read'",
      };
    const folder = /^\/v1\/kv\/(.*)$/.exec(path)?.[1];
    if (folder === undefined || !query.has("recurse"))
      return { status: 400, body: `not in the contract: ${path}` };
    await this.index.held(query);
    const found = [...this.keys].filter(([key]) => key.startsWith(folder));
    const result = { "X-Consul-Index": String(this.index.value) };
    if (found.length === 0) return { status: 404, headers: result, body: "" };
    const body = found.map(([Key, { value, session }]) => ({
      Key,
      Value: Buffer.from(value).toString("base64"),
      ModifyIndex: this.index.value,
      ...(session === undefined ? {} : { Session: session }),
    }));
    return { headers: result, body };
  }
}
