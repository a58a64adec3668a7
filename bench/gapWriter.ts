import { Client } from "pg";
import { pause, withDeadline } from "./pause";

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
  /** Between the starts of two writes, or of two rounds of connecting. */
  readonly intervalMilliseconds: number;
}

/** What a writer saw. */
export interface GapReport {
  /** Longest time between two writes that succeeded, in milliseconds. */
  readonly longestGapMilliseconds: number;
  /** When the longest gap ended, in milliseconds since the epoch: to find it in the members' logs. */
  readonly gapEndedAt: number;
  /** Every gap of more than 200 ms, in order. */
  readonly gaps: readonly number[];
  /** Writes that the server acknowledged. */
  readonly acknowledged: number;
  /** Acknowledged writes that are not in the table at the end. */
  readonly lost: number;
}

/** A server that doesn't answer within this counts as gone: the client turns to another. */
const answerMilliseconds = 1000;

/** Gaps of at least this length are kept. */
const notableMilliseconds = 200;

/**
 * A client as an application is one: it inserts a row every few milliseconds over one connection, and when
 * that fails it looks for the member that takes writes among those that Consul lists
 * (`target_session_attrs=read-write`).
 */
export class GapWriter {
  private client: Client | undefined;
  private running = true;
  private lastSuccess = 0;
  private lastFailure = 0;
  private longest = { milliseconds: 0, endedAt: 0 };
  private readonly gaps: number[] = [];
  private readonly acknowledged: number[] = [];
  private loop: Promise<void> | undefined;

  constructor(private readonly options: GapWriterOptions) {}

  /** Makes the table and starts to write. Resolves once the first write succeeded. @throws after 10 s */
  async start(): Promise<void> {
    this.client = await this.connectWithin(10_000);
    await this.client.query("create table if not exists gap (id bigint primary key)");
    await this.client.query("truncate gap");
    this.loop = this.write();
    await this.until(() => this.lastSuccess > 0, 10_000);
  }

  /**
   * Waits until the client has lost its connection after `since` (as `performance.now()` counts), and writes again.
   * @throws at the deadline
   */
  async backAfter(since: number, timeoutMilliseconds: number): Promise<void> {
    await this.until(
      () => this.lastFailure > since && this.lastSuccess > this.lastFailure,
      timeoutMilliseconds,
    );
  }

  /** Stops, and compares what was acknowledged with what the table holds. @throws when no member takes writes */
  async stop(): Promise<GapReport> {
    await this.end();
    const client = await this.connectWithin(60_000);
    const { rows } = await client.query<{ id: string }>("select id from gap");
    await client.end();
    const kept = new Set(rows.map(({ id }) => Number(id)));
    return {
      longestGapMilliseconds: this.longest.milliseconds,
      gapEndedAt: this.longest.endedAt,
      gaps: this.gaps,
      acknowledged: this.acknowledged.length,
      lost: this.acknowledged.filter((id) => !kept.has(id)).length,
    };
  }

  /** Stops without looking. */
  async end(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async write(): Promise<void> {
    for (let id = 1; this.running; id += 1) {
      const started = performance.now();
      try {
        this.client ??= await this.connect();
        await withDeadline(this.client.query("insert into gap values ($1)", [id]), answerMilliseconds);
        this.acknowledged.push(id);
        this.succeeded();
      } catch {
        this.lastFailure = performance.now();
        leave(this.client);
        this.client = undefined;
      }
      await pause(Math.max(0, this.options.intervalMilliseconds - (performance.now() - started)));
    }
    leave(this.client);
  }

  private async until(holds: () => boolean, timeoutMilliseconds: number): Promise<void> {
    const deadline = performance.now() + timeoutMilliseconds;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`no write succeeded for ${timeoutMilliseconds} ms`);
      await pause(10);
    }
  }

  private succeeded(): void {
    const now = performance.now();
    const gap = this.lastSuccess === 0 ? 0 : now - this.lastSuccess;
    if (gap >= notableMilliseconds) this.gaps.push(gap);
    if (gap > this.longest.milliseconds) this.longest = { milliseconds: gap, endedAt: Date.now() };
    this.lastSuccess = now;
  }

  private async connectWithin(milliseconds: number): Promise<Client> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      try {
        return await this.connect();
      } catch (error) {
        if (performance.now() > deadline)
          throw new Error(`no member has taken writes for ${milliseconds / 1000} s`, { cause: error });
        await pause(this.options.intervalMilliseconds);
      }
    }
  }

  /** Asks all members side by side and takes the first that takes writes. @throws when none does */
  private async connect(): Promise<Client> {
    const endpoints = await this.options.endpoints();
    return Promise.any(endpoints.map((endpoint) => this.tryConnect(endpoint)));
  }

  private async tryConnect({ host, port }: Endpoint): Promise<Client> {
    const { user, password } = this.options;
    const connectionTimeoutMillis = answerMilliseconds;
    const client = new Client({ host, port, user, password, database: "postgres", connectionTimeoutMillis });
    // A connection that dies later must not end the process; the next query says so.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const asked = client.query<{ replica: boolean }>("select pg_is_in_recovery() as replica");
      const { rows } = await withDeadline(asked, answerMilliseconds);
      if (rows[0]?.replica === false) return client;
    } catch (error) {
      leave(client);
      throw error;
    }
    leave(client);
    throw new Error(`${host}:${port} takes no writes`);
  }
}

/** Ends a connection without waiting: a server that is gone wouldn't answer. */
function leave(client: Client | undefined): void {
  client?.end().catch(() => undefined);
}
