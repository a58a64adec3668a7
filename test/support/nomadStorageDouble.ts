import { randomUUID } from "node:crypto";
import { BlockingServer, type Answer, type Asked } from "./blockingServer";

/** A node of the double. */
export interface DoubleNode {
  readonly ID: string;
  readonly Name: string;
  Datacenter: string;
  NodePool: string;
  NodeClass: string;
  Status: string;
  SchedulingEligibility: string;
  Drain: boolean;
  Attributes: Record<string, string>;
  Meta: Record<string, string>;
  HostVolumes: Record<string, { Name: string; ID: string }>;
}

/** A volume of the double, in Nomad's own words. */
export interface DoubleVolume {
  ID: string;
  Name: string;
  Namespace: string;
  NodeID: string;
  PluginID: string;
  State: string;
  CapacityBytes: number;
  HostPath: string;
  Parameters: Record<string, string>;
  RequestedCapabilities: { AccessMode: string; AttachmentMode: string }[];
  RequestedCapacityMinBytes: number;
  Allocations: { ID: string; JobID: string }[];
}

/** An allocation of the double. */
export interface DoubleAllocation {
  readonly ID: string;
  readonly JobID: string;
  readonly NodeID: string;
  readonly NodeName: string;
  ClientStatus: string;
}

interface Claim {
  readonly VolumeID: string;
  readonly VolumeName: string;
  readonly JobID: string;
}

/**
 * A double of the part of Nomad that storage talks to. It keeps Nomad 1.11.3's rules and wording for volumes: one of
 * a name on each node, none changed or deleted while an allocation holds it, reported by its node some time after it
 * was made.
 */
export class NomadStorageDouble {
  readonly nodes: DoubleNode[] = [];
  volumes: DoubleVolume[] = [];
  allocations: DoubleAllocation[] = [];
  claims: Claim[] = [];
  /** Jobs by ID; `Stop` as Nomad has it. */
  readonly jobs = new Map<string, { Stop: boolean }>();
  /** What the plugin answers on a node, by node name. */
  readonly pluginErrors = new Map<string, string>();
  /** Whether a node that Nomad places a volume on by itself meets the constraints, by node name. */
  readonly constraintVerdicts = new Map<string, boolean>();
  /** How long after making a volume its node reports it; undefined for never. */
  reportAfterMs: number | undefined = 30;
  /** Capacity that the plugin gives: 0 as `mkdir`. */
  pluginCapacityBytes = 0;
  denied = false;
  readonly server = new BlockingServer("X-Nomad-Index", (asked) => this.answer(asked));

  static async start(nodeNames: readonly string[]): Promise<NomadStorageDouble> {
    const double = new NomadStorageDouble();
    for (const name of nodeNames) double.addNode(name);
    await double.server.listen();
    return double;
  }

  addNode(name: string): void {
    this.nodes.push({
      ID: randomUUID(),
      Name: name,
      Datacenter: "dc1",
      NodePool: "default",
      NodeClass: "",
      Status: "ready",
      SchedulingEligibility: "eligible",
      Drain: false,
      Attributes: { "plugins.host_volume.mkdir.version": "0.0.1" },
      Meta: {},
      HostVolumes: {},
    });
  }

  node(name: string): DoubleNode {
    const found = this.nodes.find((node) => node.Name === name);
    if (found === undefined) throw new Error(`the double has no node ${name}`);
    return found;
  }

  /** Puts a volume on a node that reports it already. */
  addVolume(name: string, nodeName: string, changes: Partial<DoubleVolume> = {}): DoubleVolume {
    const node = this.node(nodeName);
    const volume: DoubleVolume = {
      ...{ ID: randomUUID(), Name: name, Namespace: "default", NodeID: node.ID, PluginID: "mkdir" },
      ...{ State: "ready", CapacityBytes: 0, HostPath: `/data/${nodeName}/${name}` },
      Parameters: { mode: "0700", uid: "999", gid: "999" },
      RequestedCapabilities: [{ AccessMode: "single-node-single-writer", AttachmentMode: "file-system" }],
      RequestedCapacityMinBytes: 0,
      Allocations: [],
      ...changes,
    };
    this.volumes.push(volume);
    node.HostVolumes[name] = { Name: name, ID: volume.ID };
    return volume;
  }

  /** Runs the job on every volume of a name. */
  runOnVolumes(jobId: string, volumeName: string): void {
    this.jobs.set(jobId, { Stop: false });
    for (const volume of this.volumes.filter(({ Name }) => Name === volumeName)) {
      const node = this.nodes.find(({ ID }) => ID === volume.NodeID);
      const ID = randomUUID();
      this.allocations.push({
        ...{ ID, JobID: jobId, NodeID: volume.NodeID, NodeName: node?.Name ?? "", ClientStatus: "running" },
      });
      volume.Allocations = [{ ID, JobID: jobId }];
      this.claims.push({ VolumeID: volume.ID, VolumeName: volumeName, JobID: jobId });
    }
  }

  /** Ends every allocation of a job, as its nodes report it. */
  endAllocations(jobId: string): void {
    for (const allocation of this.allocations) {
      if (allocation.JobID === jobId) allocation.ClientStatus = "complete";
    }
    for (const volume of this.volumes) {
      volume.Allocations = volume.Allocations.filter(({ JobID }) => JobID !== jobId);
    }
    this.server.changed();
  }

  private answer({ method, path, query, body }: Asked): Answer {
    if (this.denied) return { status: 403, body: "Permission denied" };
    const id = decodeURIComponent(path.split("/")[4] ?? "");
    const route = `${method} ${path.replace(/^(\/v1\/volume\/host|\/v1\/job|\/v1\/node)\/[^/]+/, "$1/:id")}`;
    switch (path === "/v1/volume/host/create" ? "create" : route) {
      case "create":
        return this.put((JSON.parse(body) as { Volume: Partial<DoubleVolume> & PlaceRequest }).Volume);
      case "GET /v1/volumes":
        return {
          body: this.inNamespace(query).filter(({ Name }) => Name.startsWith(query.get("prefix") ?? "")),
        };
      case "GET /v1/volume/host/:id":
        return this.one(this.inNamespace(query).find(({ ID }) => ID === id));
      case "DELETE /v1/volume/host/:id":
        return this.remove(id);
      case "GET /v1/volumes/claims":
        return { body: this.claims.filter(({ VolumeName }) => VolumeName === query.get("volume_name")) };
      case "GET /v1/nodes":
        return { body: this.nodes.map(({ Attributes: _attributes, Meta: _meta, ...stub }) => stub) };
      case "GET /v1/node/:id":
        return this.one(this.nodes.find(({ ID }) => ID === path.split("/")[3]));
      case "GET /v1/job/:id":
        return this.one(this.jobs.get(path.split("/")[3] ?? ""));
      case "GET /v1/job/:id/allocations":
        return { body: this.allocations.filter(({ JobID }) => JobID === path.split("/")[3]) };
      default:
        return { status: 404, body: `the double doesn't know ${route}` };
    }
  }

  private inNamespace(query: URLSearchParams): readonly DoubleVolume[] {
    return this.volumes.filter(({ Namespace }) => Namespace === query.get("namespace"));
  }

  private one(found: unknown): Answer {
    return found === undefined ? { status: 404, body: "not found" } : { body: found };
  }

  private put(wanted: Partial<DoubleVolume> & PlaceRequest): Answer {
    const existing = this.volumes.find(({ ID }) => ID === wanted.ID);
    if (existing !== undefined) return this.change(existing, wanted);
    const placed = wanted.NodeID ?? this.place(wanted);
    const node = this.nodes.find(({ ID }) => ID === placed);
    if (node === undefined) return { status: 500, body: `could not place volume: no node meets constraints` };
    const error = this.pluginErrors.get(node.Name);
    if (error !== undefined) return { status: 500, body: error };
    if (this.volumes.some(({ Name, NodeID }) => Name === wanted.Name && NodeID === node.ID)) {
      return { status: 500, body: "HostVolume.Create error: volume name already exists on this node" };
    }
    const volume = {
      ...(wanted as DoubleVolume),
      ...{ ID: randomUUID(), NodeID: node.ID, State: "pending", HostPath: "/data", Allocations: [] },
      CapacityBytes: this.pluginCapacityBytes,
    };
    this.volumes.push(volume);
    this.reportLater(volume, node);
    return { body: { Volume: volume } };
  }

  private place({ Constraints = [] }: PlaceRequest): string | undefined {
    const id = Constraints.find(({ LTarget }) => LTarget === "${node.unique.id}")?.RTarget;
    const node = this.nodes.find(({ ID }) => ID === id);
    return node !== undefined && this.constraintVerdicts.get(node.Name) === true ? node.ID : undefined;
  }

  private change(existing: DoubleVolume, wanted: Partial<DoubleVolume>): Answer {
    if (existing.Allocations.length > 0) {
      return { status: 500, body: "validating volume update failed: cannot update a volume in use" };
    }
    existing.Parameters = wanted.Parameters ?? {};
    existing.RequestedCapabilities = wanted.RequestedCapabilities ?? [];
    existing.RequestedCapacityMinBytes = wanted.RequestedCapacityMinBytes ?? 0;
    existing.CapacityBytes = this.pluginCapacityBytes;
    return { body: { Volume: existing } };
  }

  private reportLater(volume: DoubleVolume, node: DoubleNode): void {
    this.server.changed();
    if (this.reportAfterMs === undefined) return;
    setTimeout(() => {
      volume.State = "ready";
      node.HostVolumes[volume.Name] = { Name: volume.Name, ID: volume.ID };
      this.server.changed();
    }, this.reportAfterMs);
  }

  private remove(id: string): Answer {
    const volume = this.volumes.find(({ ID }) => ID === id);
    if (volume === undefined) return { status: 500, body: `no such volume: ${id}` };
    if (volume.Allocations.length > 0) return { status: 500, body: `volume ${id} in use by allocations: []` };
    const node = this.nodes.find(({ ID }) => ID === volume.NodeID);
    if (node?.Status !== "ready") {
      return { status: 500, body: "volume cannot be removed from unknown node without force=true" };
    }
    this.volumes = this.volumes.filter(({ ID }) => ID !== id);
    return { body: {} };
  }
}

interface PlaceRequest {
  readonly Constraints?: readonly { readonly LTarget: string; readonly RTarget: string }[];
}
