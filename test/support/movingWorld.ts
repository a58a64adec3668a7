import { parseMovableJob } from "../../patroni/moves/moveJob";
import { placeAt, type MoveScene, type VolumeClaim } from "../../patroni/moves/moveScene";
import type { MoveStep } from "../../patroni/moves/moveStep";
import type { Fields } from "../../patroni/observed/json";
import type { Allocation } from "../../patroni/observed/nomadState";
import type { NodeFacts } from "../../patroni/volumeNodes";
import type { VolumeFacts } from "../../patroni/volumePlan";
import { allocation, memberKey } from "./snapshots";
import { answer, clusterKeys, observation } from "./statuses";

/**
 * A cluster `acme` on nodes 1 to 4 in memory, where Nomad places, stops and keeps members as its scheduler does
 * (`HostVolumeChecker`, `computeStop`), and a placed member streams at once. For tests of the steps of a move.
 */
export class MovingWorld {
  document: Fields;
  private modifyIndex = 10;
  readonly nodes: NodeFacts[];
  volumes: VolumeFacts[] = [];
  claims: VolumeClaim[] = [];
  allocations: Allocation[] = [];
  leader = 1;
  paused = false;
  private made = 0;

  constructor(readonly members: number) {
    this.document = {
      ID: "postgres-acme",
      Constraints: [{ Operand: "distinct_hosts", RTarget: "true" }],
      TaskGroups: [{ Name: "members", Count: members }],
    };
    this.nodes = [1, 2, 3, 4].map((number) => node(number));
    for (let number = 1; number <= members; number += 1) {
      this.addVolume(number);
      this.place(number);
    }
  }

  scene(): MoveScene {
    const running = this.running();
    const keys = clusterKeys({
      leader: running.includes(this.leader) ? `node${this.leader}` : undefined,
      members: running.map((number) => memberKey(number)),
      paused: this.paused,
    });
    const live = running.map((number) => {
      const leads = number === this.leader;
      const more = leads
        ? { role: "primary", xlog: { location: 5 }, replication_state: undefined }
        : { role: "replica", xlog: { replayed_location: 5 }, replication_state: "streaming" };
      return [`node${number}`, answer(number, more)] as const;
    });
    const wanted = { ...observation().wanted, members: this.members };
    return {
      observation: observation({ wanted, keys: { kind: "known", value: keys }, live: new Map(live) }),
      job: parseMovableJob({ ...this.document, JobModifyIndex: this.modifyIndex }),
      allocations: this.allocations,
      volumes: this.volumes,
      claims: this.claims,
      nodes: this.nodes,
      request: {
        ...{ volumeName: "postgres-acme", nodePool: "default", datacenters: ["dc1"] },
        ...{ constraints: [], pluginId: "mkdir" },
      },
    };
  }

  /** Numbers of the nodes whose member runs. */
  running(): readonly number[] {
    return [1, 2, 3, 4].filter((number) => placeAt(this, `node${number}`).runs);
  }

  apply(step: MoveStep, to: number): void {
    if (step.kind === "make volume") this.addVolume(to);
    if (step.kind === "register") {
      this.document = step.job;
      this.modifyIndex += 1;
    }
    if (step.kind === "release") this.claims = this.claims.filter(({ id }) => id !== step.claimId);
    if (step.kind === "hand over") this.leader = Number(step.candidate.slice(-1));
    if (step.kind === "stop") this.end((each) => each.id === step.allocationId);
    this.schedule();
  }

  lose(number: number): void {
    const index = number - 1;
    this.nodes[index] = node(number, { status: "down", hostVolumes: this.nodes[index]?.hostVolumes ?? {} });
    this.end(({ nodeName }) => nodeName === `node${number}`, "lost");
    if (this.leader === number) this.leader = this.running()[0] ?? 0;
  }

  addVolume(number: number): void {
    const id = `volume-${number}`;
    this.volumes.push({
      ...{ id, name: "postgres-acme", nodeId: `node-id-${number}`, state: "ready", capacityBytes: 0 },
      ...{ pluginId: "mkdir", parameters: {}, capabilities: [], hostPath: "", users: [], claimants: [] },
    });
    this.nodes[number - 1] = node(number, { hostVolumes: { "postgres-acme": id } });
  }

  end(which: (allocation: Allocation) => boolean, client = "complete"): void {
    this.allocations = this.allocations.map((each) =>
      which(each) ? { ...each, desired: "stop", client } : each,
    );
  }

  /** Places what is missing, and stops what is too much: the highest index. */
  schedule(): void {
    const { count, note, nodes } = parseMovableJob(this.document);
    const indexOf = (number: number) =>
      this.allocations.findIndex(({ nodeName }) => nodeName === `node${number}`);
    for (const extra of [...this.running()]
      .sort((a, b) => indexOf(b) - indexOf(a))
      .slice(0, Math.max(0, this.running().length - count)))
      this.end(({ nodeName }) => nodeName === `node${extra}`);
    const free = [1, 2, 3, 4].filter((number) =>
      this.canTake(number, note === undefined ? undefined : nodes),
    );
    if (this.running().length < count && free[0] !== undefined) this.place(free[0]);
  }

  private canTake(number: number, only: readonly string[] | undefined): boolean {
    const { node: facts, volume, runs } = placeAt(this, `node${number}`);
    if (facts?.status !== "ready" || volume === undefined || runs) return false;
    if (only !== undefined && !only.includes(facts.id)) return false;
    const running = this.running().map((each) => `volume-${each}`);
    const unmet = this.claims.filter(({ volumeId }) => !running.includes(volumeId));
    return unmet.length === 0 || unmet.some(({ volumeId }) => volumeId === volume.id);
  }

  private place(number: number): void {
    this.made += 1;
    this.allocations.push(allocation(number, { id: `allocation-${this.made}` }));
    const volumeId = `volume-${number}`;
    if (this.claims.every((claim) => claim.volumeId !== volumeId))
      this.claims.push({ id: `claim-${this.made}`, volumeId, jobId: "postgres-acme" });
  }
}

function node(number: number, more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    ...{
      id: `node-id-${number}`,
      name: `node${number}`,
      datacenter: "dc1",
      nodeClass: "",
      nodePool: "default",
    },
    ...{ attributes: { "plugins.host_volume.mkdir.version": "0.0.1" }, meta: {}, status: "ready" },
    ...{ eligibility: "eligible", draining: false, hostVolumes: {} },
    ...more,
  };
}
