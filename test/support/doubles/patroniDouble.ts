import { HttpDouble, type Answer, type Heard } from "./httpDouble";

/** What a member says of itself. */
export interface PatroniState {
  readonly leads: boolean;
  readonly state: string;
  readonly role: string;
  readonly timeline?: number;
  /** Bytes of WAL written or replayed. */
  readonly location?: number;
  readonly replicationState?: string;
  /** Names of the replicas that stream from it. */
  readonly streaming?: readonly string[];
  /** Further fields of its answer, for example `pending_restart_reason`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * A double of one member's Patroni REST API: `GET /primary`, `/standby-leader` and `/patroni`. The contract: Patroni
 * 4.1.5, api.py `do_GET` and `get_postgresql_status`. Held to the real one by the integration tests.
 */
export class PatroniDouble extends HttpDouble {
  /** Takes questions and never answers: a process that hangs, or a node that is gone. */
  hangs = false;
  /** What a POST does, where the test's story has one: `/switchover`, `/reinitialize`. */
  post: ((path: string, body: Readonly<Record<string, unknown>>) => Promise<Answer | undefined>) | undefined;
  state: PatroniState = { leads: false, state: "stopped", role: "uninitialized" };

  constructor(
    readonly name: string,
    private readonly systemIdentifier: string,
  ) {
    super();
  }

  get port(): number {
    return Number(new URL(this.address).port);
  }

  protected override answer({ method, path, body: sent }: Heard): Promise<Answer | undefined> {
    if (this.hangs) return Promise.resolve(undefined);
    if (method === "POST")
      return (
        this.post?.(path, JSON.parse(sent) as Record<string, unknown>) ?? Promise.resolve({ status: 501 })
      );
    const { leads, state, role, timeline, location, replicationState, streaming = [], more } = this.state;
    const status = path === "/patroni" || (leads && path === "/primary") ? 200 : 503;
    const xlog = leads ? { location } : { received_location: location, replayed_location: location };
    const body = {
      state,
      role,
      ...(timeline === undefined
        ? {}
        : { timeline, xlog, server_version: 170005, database_system_identifier: this.systemIdentifier }),
      ...(replicationState === undefined ? {} : { replication_state: replicationState }),
      ...(streaming.length === 0
        ? {}
        : {
            replication: streaming.map((name) => ({
              application_name: name,
              state: "streaming",
              usename: "replicator",
            })),
          }),
      ...more,
      patroni: { version: "4.1.5", scope: "acme", name: this.name },
    };
    return Promise.resolve({ status, body });
  }
}
