import { ChangeIndex, HttpDouble, type Answer, type Heard } from "./httpDouble";

const denied: Answer = {
  status: 403,
  body: "Permission denied: token with AccessorID '…' lacks permission 'key:read'",
};

/**
 * A double of Consul's KV store, as far as a wait for a leader and a status use it: `GET /v1/kv/<folder>?recurse` with
 * blocking queries, and single keys. The contract: https://developer.hashicorp.com/consul/api-docs/kv#read-key and
 * https://developer.hashicorp.com/consul/api-docs/features/blocking. Held to the real one by the integration tests.
 */
export class ConsulDouble extends HttpDouble {
  /** Every request must carry this token when it is set. */
  token: string | undefined;
  /** Whether the token may read a key. A list leaves out what it may not, as `FilterDirEnt` does in the real one. */
  mayRead: (key: string) => boolean = () => true;
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
    if (this.token !== undefined && headers["x-consul-token"] !== this.token) return denied;
    const folder = /^\/v1\/kv\/(.*)$/.exec(path)?.[1];
    if (folder === undefined) return { status: 400, body: `not in the contract: ${path}` };
    if (!query.has("recurse") && !this.mayRead(folder)) return denied;
    await this.index.held(query);
    const found = [...this.keys].filter(
      ([key]) => this.mayRead(key) && (query.has("recurse") ? key.startsWith(folder) : key === folder),
    );
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
