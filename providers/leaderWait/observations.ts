import { parseScopeKeys, scopeFolder, type ScopeKeys } from "../../patroni/observed/consulKeys";
import type { NodeFit } from "../../patroni/observed/nodeFit";
import {
  parseAllocations,
  parseEvaluations,
  type Allocation,
  type Deployment,
  type Evaluation,
  type JobState,
} from "../../patroni/observed/nomadState";
import type { RestAnswer } from "../../patroni/observed/restStatus";
import type { Contact, Expectation, Snapshot, TaskLog } from "../../patroni/observed/snapshot";
import { advanceTimers, heldMs, type Timers } from "../../patroni/readiness";
import type { HttpError } from "../http";

/**
 * Everything that was last seen, gathered from the watches, which write it side by side. Whoever changes it calls
 * `changed`, and the wait looks again.
 */
export class Observations {
  consul: Contact = { answered: false, problem: undefined };
  nomad: Contact = { answered: false, problem: undefined };
  keys: ScopeKeys | undefined;
  job: JobState | "absent" | undefined;
  allocations: readonly Allocation[] = [];
  evaluations: readonly Evaluation[] = [];
  deployment: Deployment | undefined;
  nodes: readonly NodeFit[] = [];
  stopping: number | undefined;
  readonly apiPorts = new Map<string, number>();
  readonly logs = new Map<string, TaskLog>();
  readonly vaultLookups: string[] = [];
  clientLogReadable = false;
  rest: ReadonlyMap<string, RestAnswer> = new Map();
  private oldEvents: ReadonlyMap<string, number> | undefined;
  private timers: Timers = new Map();
  private readonly waiters = new Set<() => void>();

  constructor(
    readonly expectation: Expectation,
    private readonly elapsedMs: () => number,
  ) {}

  /** Consul's answer about the scope's keys; undefined where there are none yet. */
  consulAnswered(body: unknown): void {
    this.consul = { answered: true, problem: undefined };
    this.keys = parseScopeKeys(scopeFolder(this.expectation.keyPrefix, this.expectation.scope), body);
    this.changed();
  }

  allocationsAnswered(body: unknown): void {
    this.nomad = { answered: true, problem: undefined };
    this.allocations = parseAllocations(body);
    this.oldEvents ??= new Map(
      this.allocations.map((allocation) => [allocation.id, newestEvent(allocation)]),
    );
    this.changed();
  }

  evaluationsAnswered(body: unknown): void {
    // Until the allocations are known, their absence says nothing.
    this.nomad = { answered: this.nomad.answered, problem: undefined };
    this.evaluations = parseEvaluations(body);
    this.changed();
  }

  /** A request to Consul or Nomad has failed. */
  failed(system: "consul" | "nomad", error: HttpError): void {
    const kind = error.kind === "denied" ? "refused" : error.kind === "status" ? "odd" : "unreachable";
    this[system] = { answered: this[system].answered, problem: { kind, message: error.message } };
    this.changed();
  }

  /** Tells everyone who waits that there is something new. */
  changed(): void {
    for (const wake of [...this.waiters]) wake();
  }

  /** Resolves at the next change, after the time given, or at the signal, whichever comes first. */
  async nextChange(withinMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiters.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.waiters.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }

  /** What is known now, with how long each fact has held. */
  snapshot(): Snapshot {
    const { consul, nomad, keys, job, allocations, apiPorts, evaluations, deployment, vaultLookups, nodes } =
      this;
    const elapsedMs = this.elapsedMs();
    const now = {
      ...{ elapsedMs, consul, nomad, keys, job, allocations, apiPorts, evaluations, deployment },
      ...{
        vaultLookups,
        clientLogReadable: this.clientLogReadable,
        nodes,
        stopping: this.stopping,
        rest: this.rest,
      },
      oldEvents: this.oldEvents ?? new Map<string, number>(),
      logs: [...this.logs.values()],
    };
    this.timers = advanceTimers(this.expectation, this.timers, {
      ...now,
      heldMs: heldMs(this.timers, elapsedMs),
    });
    return { ...now, heldMs: heldMs(this.timers, elapsedMs) };
  }
}

function newestEvent(allocation: Allocation): number {
  return Math.max(0, ...allocation.tasks.flatMap(({ events }) => events.map(({ time }) => time)));
}
