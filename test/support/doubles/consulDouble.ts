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
  /** The index at which each key was written last. */
  private readonly written = new Map<string, number>();
  private readonly keys = new Map<string, { readonly value: string; readonly session: string | undefined }>();

  /** Sets a key; with a session it is locked. */
  put(key: string, value: string | object, session?: string): void {
    this.keys.set(key, { value: typeof value === "string" ? value : JSON.stringify(value), session });
    this.index.advance();
    this.written.set(key, this.index.value);
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

  protected override async answer({ path, query, headers, body: asked }: Heard): Promise<Answer> {
    if (this.token !== undefined && headers["x-consul-token"] !== this.token) return denied;
    if (path === "/v1/txn") return this.transaction(asked);
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
      ModifyIndex: this.written.get(Key) ?? 0,
      ...(session === undefined ? {} : { Session: session }),
    }));
    return { headers: result, body };
  }

  /** All operations or none; of those that there are, `delete-cas` and `check-not-exists`. */
  private transaction(asked: string): Answer {
    const operations = (JSON.parse(asked) as { KV: { Verb: string; Key: string; Index?: number } }[]).map(
      ({ KV }) => KV,
    );
    const failed = operations.find(({ Verb, Key, Index }) =>
      Verb === "delete-cas" ? this.written.get(Key) !== Index : this.keys.has(Key),
    );
    if (failed !== undefined)
      return { status: 409, body: { Errors: [{ What: `failed to ${failed.Verb} "${failed.Key}"` }] } };
    for (const { Verb, Key } of operations) if (Verb === "delete-cas") this.delete(Key);
    return { body: { Results: [] } };
  }
}
