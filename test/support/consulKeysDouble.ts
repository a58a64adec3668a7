import { BlockingServer, type Answer, type Asked } from "./blockingServer";

/** A double of Consul's key-value store: keys with values, and the session that holds a key as a lock. */
export class ConsulKeysDouble {
  readonly keys = new Map<string, { readonly value: string; readonly session?: string }>();
  denied = false;
  readonly server = new BlockingServer("X-Consul-Index", (asked) => this.answer(asked));

  static async start(): Promise<ConsulKeysDouble> {
    const double = new ConsulKeysDouble();
    await double.server.listen();
    return double;
  }

  set(key: string, value: string, session?: string): void {
    this.keys.set(key, session === undefined ? { value } : { value, session });
    this.server.changed();
  }

  delete(key: string): void {
    this.keys.delete(key);
    this.server.changed();
  }

  private answer({ method, path, query, body }: Asked): Answer {
    if (this.denied) return { status: 403, body: "Permission denied: token lacks permission" };
    const key = decodeURIComponent(path.replace("/v1/kv/", ""));
    const matches = [...this.keys].filter(([name]) =>
      query.has("recurse") ? name.startsWith(key) : name === key,
    );
    switch (method) {
      case "GET":
        if (matches.length === 0) return { status: 404, body: "" };
        return {
          body: matches.map(([Key, { value, session }]) => ({
            ...{ Key, Value: Buffer.from(value).toString("base64") },
            ...(session === undefined ? {} : { Session: session }),
          })),
        };
      case "PUT":
        this.set(key, body);
        return { body: true };
      case "DELETE":
        for (const [name] of matches) this.delete(name);
        return { body: true };
      default:
        return { status: 405, body: "" };
    }
  }
}
