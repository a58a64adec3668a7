import { counts, elements, fields, number, text } from "./json";

/** One entry of a task's short history; Nomad keeps the last ten. */
export interface TaskEvent {
  /** Nomad's word: `Received`, `Task Setup`, `Driver`, `Driver Failure`, `Template`, `Started`, `Terminated`, … */
  readonly type: string;
  /** As `nomad alloc status` shows it. */
  readonly message: string;
  /** Nanoseconds since 1970 by the node's clock: good for order, not for age. */
  readonly time: number;
  readonly oomKilled: boolean;
}

/** A task of an allocation. */
export interface TaskState {
  readonly name: string;
  readonly state: "pending" | "running" | "dead";
  readonly failed: boolean;
  readonly restarts: number;
  /** Oldest first. */
  readonly events: readonly TaskEvent[];
}

/** An allocation of the job, of whichever version. */
export interface Allocation {
  readonly id: string;
  readonly nodeId: string;
  readonly nodeName: string;
  /** The job's version that it runs; an in-place update raises it. */
  readonly jobVersion: number;
  /** What the servers want: `run`, `stop`, `evict`. */
  readonly desired: string;
  /** What the node reports: `pending`, `running`, `complete`, `failed`, `lost`, `unknown`. */
  readonly client: string;
  readonly tasks: readonly TaskState[];
}

/** Why the scheduler placed nothing on some node, summed over nodes. */
export interface PlacementMetric {
  readonly nodesEvaluated: number;
  readonly nodePool: string;
  /** Number of nodes by the reason that ruled them out, for example `missing compatible host volumes`. */
  readonly constraintFiltered: Readonly<Record<string, number>>;
  /** Number of nodes by the resource that they had too little of, for example `memory`. */
  readonly dimensionExhausted: Readonly<Record<string, number>>;
}

/** A decision of Nomad's scheduler about the job. */
export interface Evaluation {
  readonly status: string;
  readonly jobModifyIndex: number;
  /** Set when a placement failed. */
  readonly failure: PlacementMetric | undefined;
}

/** The latest deployment of the job. */
export interface Deployment {
  readonly id: string;
  readonly status: string;
  readonly description: string;
  readonly jobVersion: number;
}

/** The job as Nomad holds it now. */
export interface JobState {
  readonly version: number;
  readonly stopped: boolean;
}

/** Reads `GET /v1/job/:id/allocations`. */
export function parseAllocations(body: unknown): readonly Allocation[] {
  return elements(body).map((stub) => {
    const data = fields(stub);
    return {
      id: text(data["ID"]) ?? "",
      nodeId: text(data["NodeID"]) ?? "",
      nodeName: text(data["NodeName"]) ?? "",
      jobVersion: number(data["JobVersion"]) ?? 0,
      desired: text(data["DesiredStatus"]) ?? "",
      client: text(data["ClientStatus"]) ?? "",
      tasks: Object.entries(fields(data["TaskStates"])).map(([name, task]) => taskState(name, task)),
    };
  });
}

function taskState(name: string, value: unknown): TaskState {
  const data = fields(value);
  const state = text(data["State"]);
  return {
    name,
    state: state === "running" || state === "dead" ? state : "pending",
    failed: data["Failed"] === true,
    restarts: number(data["Restarts"]) ?? 0,
    events: elements(data["Events"]).map(taskEvent),
  };
}

function taskEvent(value: unknown): TaskEvent {
  const data = fields(value);
  const details = fields(data["Details"]);
  const type = text(data["Type"]) ?? "";
  return {
    type,
    message: text(data["DisplayMessage"]) ?? text(data["Message"]) ?? "",
    time: number(data["Time"]) ?? 0,
    oomKilled: text(details["oom_killed"]) === "true",
  };
}

/** Reads `GET /v1/job/:id/evaluations`. A job of one group has one placement metric at most. */
export function parseEvaluations(body: unknown): readonly Evaluation[] {
  return elements(body).map((value) => {
    const data = fields(value);
    const [metric] = Object.values(fields(data["FailedTGAllocs"]));
    return {
      status: text(data["Status"]) ?? "",
      jobModifyIndex: number(data["JobModifyIndex"]) ?? 0,
      failure: metric === undefined ? undefined : placementMetric(metric),
    };
  });
}

function placementMetric(value: unknown): PlacementMetric {
  const data = fields(value);
  return {
    nodesEvaluated: number(data["NodesEvaluated"]) ?? 0,
    nodePool: text(data["NodePool"]) ?? "",
    constraintFiltered: counts(data["ConstraintFiltered"]),
    dimensionExhausted: counts(data["DimensionExhausted"]),
  };
}

/** Reads `GET /v1/job/:id/deployment`, which is null when there is none. */
export function parseDeployment(body: unknown): Deployment | undefined {
  const data = fields(body);
  const id = text(data["ID"]);
  if (id === undefined) return undefined;
  return {
    id,
    status: text(data["Status"]) ?? "",
    description: text(data["StatusDescription"]) ?? "",
    jobVersion: number(data["JobVersion"]) ?? 0,
  };
}

/** Reads the two facts that matter of `GET /v1/job/:id`. */
export function parseJobState(body: unknown): JobState {
  const data = fields(body);
  return { version: number(data["Version"]) ?? 0, stopped: data["Stop"] === true };
}

/** Whether the allocation's processes may still run, as far as its node has said. */
export function isAlive(allocation: Allocation): boolean {
  return !["complete", "failed", "lost"].includes(allocation.client);
}

/** The first eight characters, as Nomad's tools show an identifier. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
