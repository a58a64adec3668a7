import { Client } from "pg";

/** Where a member of the cluster under test may be found. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How a writer reaches its cluster. */
export interface GapWriterOptions {
  readonly user: string;
  readonly password: string;
  /** Asked anew before each round of connecting: where members are now, as Consul lists them. */
  readonly endpoints: () => Promise<readonly Endpoint[]>;
  /** Between two writes. */
  readonly intervalMilliseconds: number;
}

/** What a writer saw. */
export interface GapReport {
  /** Longest time between two writes that succeeded, in milliseconds. */
  readonly longestGapMilliseconds: number;
  /** Writes that the server acknowledged. */
  readonly acknowledged: number;
  /** Acknowledged writes that are not in the table at the end. */
  readonly lost: number;
}

/**
 * A client as an application is one: it inserts a row every few milliseconds over one connection, and when
 * that fails it looks for the member that takes writes among those that Consul lists
 * (`target_session_attrs=read-write`).
 */
export class GapWriter {
  private client: Client | undefined;
  private running = true;
  private lastSuccess: number | undefined;
  private longest = 0;
  private readonly acknowledged: number[] = [];
  private loop: Promise<void> | undefined;

  constructor(private readonly options: GapWriterOptions) {}

  /** Makes the table and starts to write. Resolves once the first write succeeded. */
  async start(): Promise<void> {
    this.client = await this.connect();
    await this.client.query("create table if not exists gap (id bigint primary key)");
    await this.client.query("truncate gap");
    this.loop = this.write();
    while (this.lastSuccess === undefined) await delay(10);
  }

  /** When a write last succeeded: milliseconds as `performance.now()` counts them. */
  get lastSuccessAt(): number {
    return this.lastSuccess ?? 0;
  }

  /** Waits until writes succeed again after `since` (as `performance.now()` counts). @throws at the deadline */
  async writesAfter(since: number, timeoutMilliseconds: number): Promise<void> {
    const deadline = performance.now() + timeoutMilliseconds;
    while (this.lastSuccessAt <= since) {
      if (performance.now() > deadline) throw new Error(`no write succeeded for ${timeoutMilliseconds} ms`);
      await delay(20);
    }
  }

  /** Stops, and compares what was acknowledged with what the table holds. */
  async stop(): Promise<GapReport> {
    this.running = false;
    await this.loop;
    const client = await this.connect();
    const { rows } = await client.query<{ id: string }>("select id from gap");
    await client.end();
    const kept = new Set(rows.map(({ id }) => Number(id)));
    return {
      longestGapMilliseconds: this.longest,
      acknowledged: this.acknowledged.length,
      lost: this.acknowledged.filter((id) => !kept.has(id)).length,
    };
  }

  private async write(): Promise<void> {
    for (let id = 1; this.running; id += 1) {
      const started = performance.now();
      try {
        this.client ??= await this.connect();
        await withDeadline(this.client.query("insert into gap values ($1)", [id]), 1000);
        this.acknowledged.push(id);
        this.succeeded();
      } catch {
        const broken = this.client;
        this.client = undefined;
        broken?.end().catch(() => undefined);
      }
      await delay(Math.max(0, this.options.intervalMilliseconds - (performance.now() - started)));
    }
    await this.client?.end().catch(() => undefined);
  }

  private succeeded(): void {
    const now = performance.now();
    if (this.lastSuccess !== undefined) this.longest = Math.max(this.longest, now - this.lastSuccess);
    this.lastSuccess = now;
  }

  /** Asks all members side by side and keeps the first that takes writes. @throws when none does within 1 s */
  private async connect(): Promise<Client> {
    const attempts = (await this.options.endpoints()).map((endpoint) => this.tryConnect(endpoint));
    return Promise.any(attempts);
  }

  private async tryConnect({ host, port }: Endpoint): Promise<Client> {
    const { user, password } = this.options;
    const client = new Client({ host, port, user, password, database: "postgres", connectionTimeoutMillis: 1000 });
    // A connection that dies later must not end the process; the next query says so.
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await withDeadline(client.query<{ replica: boolean }>("select pg_is_in_recovery() as replica"), 1000);
    if (rows[0]?.replica === false) return client;
    await client.end();
    throw new Error(`${host}:${port} takes no writes`);
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
