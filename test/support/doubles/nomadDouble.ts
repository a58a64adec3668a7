import type { ServerResponse } from "node:http";
import { ChangeIndex, HttpDouble, type Answer, type Heard } from "./httpDouble";

/** A task event in Nomad's own form. */
export interface NomadEvent {
  readonly Type: string;
  readonly DisplayMessage?: string;
  readonly Details?: Readonly<Record<string, string>>;
}

/** An allocation in the double; the rest of Nomad's document follows from it. */
export interface NomadAllocation {
  readonly id: string;
  readonly node: string;
  readonly version: number;
  readonly desired?: string;
  readonly client: string;
  readonly taskState?: "pending" | "running" | "dead";
  readonly failed?: boolean;
  readonly restarts?: number;
  readonly events?: readonly NomadEvent[];
  readonly apiPort: number;
}

/** What the double holds. */
export interface NomadWorld {
  readonly version: number;
  /** The one job that it knows; every one unless said. */
  readonly jobId?: string;
  readonly image?: string;
  /** The job's groups, where more than the image matters. */
  readonly groups?: readonly unknown[];
  readonly stopped?: boolean;
  readonly absent?: boolean;
  readonly allocations: readonly NomadAllocation[];
  readonly evaluations?: readonly unknown[];
  readonly deployment?: unknown;
  readonly nodes?: readonly unknown[];
  /** Jobs and volumes as Nomad lists them, of every namespace. */
  readonly jobs?: readonly unknown[];
  readonly volumes?: readonly unknown[];
  readonly claims?: readonly { readonly ID: string; readonly JobID: string; readonly AllocID: string }[];
  /** The lines of standard error, by allocation. */
  readonly logs?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A double of Nomad's HTTP API, as far as a wait for a leader uses it: the job, its allocations and evaluations
 * with blocking queries, its deployment, the nodes, tasks' logs and the agents' log. The contract:
 * https://developer.hashicorp.com/nomad/api-docs (jobs, allocations, client, agent). Held to the real one by the
 * integration tests.
 */
export class NomadDouble extends HttpDouble {
  /** Every request must carry this token when it is set. */
  token: string | undefined;
  /** How much later than other questions it answers one about allocations. */
  allocationsLateMs = 0;
  /** Which requests it can't answer for now. */
  fails: (path: string) => boolean = () => false;
  /** What a client's log holds when it is listened to, a record each; undefined: it may not be read. */
  clientLog: readonly string[] | undefined = [];
  private readonly index = new ChangeIndex(1000);
  private world: NomadWorld = { version: 0, allocations: [] };
  /** When each event was first seen, in an order of the double's own. */
  private readonly eventTimes = new Map<string, number>();

  /** Changes what it holds. */
  update(change: Partial<NomadWorld>): void {
    this.world = { ...this.world, ...change };
    this.index.advance();
  }

  protected override async answer(heard: Heard, response: ServerResponse): Promise<Answer | undefined> {
    const { path, query, headers } = heard;
    if (this.token !== undefined && headers["x-nomad-token"] !== this.token)
      return { status: 403, body: "Permission denied" };
    if (this.fails(path)) return { status: 500, body: "No cluster leader" };
    if (path === "/v1/agent/monitor") return this.monitor(response);
    const job = /^\/v1\/job\/([^/]+)(\/\w+)?$/.exec(path);
    if (job !== null) return this.answerJob(job[1] ?? "", job[2] ?? "", query);
    const one = /^\/v1\/(allocation|node|client\/fs\/logs)\/([\w-]+)$/.exec(path);
    if (one !== null) return this.answerOne(one[1] ?? "", one[2] ?? "", query);
    if (path === "/v1/jobs") return { body: this.world.jobs ?? [] };
    if (path === "/v1/volumes/claims") return { body: this.world.claims ?? [] };
    const claim = /^\/v1\/volumes\/claim\/([\w-]+)$/.exec(path)?.[1];
    if (claim !== undefined) return this.deleteClaim(claim);
    if (path === "/v1/volumes") return { body: this.world.volumes ?? [] };
    if (path === "/v1/nodes") return { body: this.world.nodes ?? [] };
    return { status: 400, body: `not in the contract: ${path}` };
  }

  private async answerJob(id: string, part: string, query: URLSearchParams): Promise<Answer> {
    if (part === "/allocations" || part === "/evaluations") await this.index.held(query);
    if (part === "/allocations") await new Promise((resolve) => setTimeout(resolve, this.allocationsLateMs));
    const headers = { "X-Nomad-Index": String(this.index.value) };
    const { jobId = id, image } = this.world;
    if (id !== jobId)
      return part === "" ? { status: 404, headers, body: "job not found" } : { headers, body: [] };
    switch (part) {
      case "":
        if (this.world.absent === true) return { status: 404, headers, body: "job not found" };
        return {
          headers,
          body: {
            ID: "job",
            Version: this.world.version,
            Stop: this.world.stopped ?? false,
            TaskGroups:
              this.world.groups ?? (image === undefined ? [] : [{ Tasks: [{ Config: { image } }] }]),
          },
        };
      case "/allocations":
        return { headers, body: this.world.allocations.map((allocation) => this.stub(allocation)) };
      case "/evaluations":
        return { headers, body: this.world.evaluations ?? [] };
      default:
        return { headers, body: this.world.deployment ?? null };
    }
  }

  private deleteClaim(id: string): Answer {
    this.update({ claims: (this.world.claims ?? []).filter(({ ID }) => ID !== id) });
    return { body: {} };
  }

  private answerOne(kind: string, id: string, query: URLSearchParams): Answer {
    const allocation = this.world.allocations.find((each) => each.id === id);
    switch (kind) {
      case "allocation":
        return allocation === undefined
          ? { status: 404, body: "alloc not found" }
          : {
              body: {
                ID: id,
                AllocatedResources: {
                  Shared: { Ports: [{ Label: "patroni_api", Value: allocation.apiPort }] },
                },
              },
            };
      case "node":
        return { body: this.world.nodes?.find((node) => (node as { ID: string }).ID === id) ?? {} };
      default: {
        const lines = query.get("type") === "stderr" ? (this.world.logs?.[id] ?? []) : [];
        return { body: lines.map((line) => `${line}\n`).join("") };
      }
    }
  }

  /** An endless answer; the records come at once, as if their look-ups had just failed. */
  private monitor(response: ServerResponse): Answer | undefined {
    if (this.clientLog === undefined) return { status: 403, body: "Permission denied" };
    response.writeHead(200, { "Content-Type": "application/json" });
    const records = this.clientLog.map((record) => `${record}\n`).join("");
    response.write(`{}{"Data":"${Buffer.from(records).toString("base64")}"}{}`);
    return undefined;
  }

  private stub(allocation: NomadAllocation): object {
    const {
      id,
      node,
      version,
      desired = "run",
      client,
      taskState,
      failed = false,
      restarts = 0,
      events = [],
    } = allocation;
    return {
      ID: id,
      NodeID: `id-of-${node}`,
      NodeName: node,
      JobVersion: version,
      DesiredStatus: desired,
      ClientStatus: client,
      TaskStates: {
        patroni: {
          State: taskState ?? (client === "running" ? "running" : "pending"),
          Failed: failed,
          Restarts: restarts,
          Events: events.map((event) => ({ ...event, Time: this.timeOf(id, event) })),
        },
      },
    };
  }

  private timeOf(allocation: string, { Type, DisplayMessage = "" }: NomadEvent): number {
    const key = `${allocation} ${Type} ${DisplayMessage}`;
    const time = this.eventTimes.get(key) ?? this.eventTimes.size + 1;
    this.eventTimes.set(key, time);
    return time;
  }
}
