import { elements, fields, text } from "../../patroni/observed/json";
import { isAlive, parseAllocations, type Allocation } from "../../patroni/observed/nomadState";
import { consulApi, nomadApi, send, sendJson } from "../../providers/http";
import { eventually } from "./waiting";

/** A volume in a real Nomad. */
export interface RealVolume {
  readonly id: string;
  readonly name: string;
  readonly nodeId: string;
  readonly hostPath: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What the tests of storage do to a real Nomad and a real Consul besides the resource's own doing. */
export class StorageLab {
  private readonly nomad;
  private readonly consul;

  /** Everything that is made has a name that starts with `prefix`, and `clean` takes away no more than that. */
  constructor(
    readonly nomadAddress: string,
    readonly consulAddress: string,
    private readonly prefix: string,
  ) {
    this.nomad = nomadApi(nomadAddress);
    this.consul = consulApi(consulAddress);
  }

  /** Volumes whose name starts with the text, by node. */
  async volumes(name: string): Promise<readonly RealVolume[]> {
    const query = { type: "host", prefix: name, namespace: "default" };
    const listed = await sendJson(this.nomad, { method: "GET", path: "/v1/volumes", query });
    const ids = elements(listed).map((stub) => text(fields(stub)["ID"]) ?? "");
    const read = await Promise.all(
      ids.map((id) => sendJson(this.nomad, { method: "GET", path: `/v1/volume/host/${id}` })),
    );
    return read.map(fields).map((volume) => ({
      id: text(volume["ID"]) ?? "",
      name: text(volume["Name"]) ?? "",
      nodeId: text(volume["NodeID"]) ?? "",
      hostPath: text(volume["HostPath"]) ?? "",
      parameters: fields(volume["Parameters"]),
    }));
  }

  async deleteVolume(id: string): Promise<void> {
    await sendJson(this.nomad, { method: "DELETE", path: `/v1/volume/host/${id}` });
  }

  /** Runs a job that claims the volumes, one allocation on each; each takes `stopSeconds` to stop. */
  async runJob(id: string, volumeName: string, count: number, stopSeconds: number): Promise<void> {
    const volume = {
      ...{ Name: "data", Type: "host", Source: volumeName, ReadOnly: false, Sticky: true },
      ...{ AccessMode: "single-node-single-writer", AttachmentMode: "file-system" },
    };
    const task = {
      ...{ Name: "member", Driver: "mock_driver", ShutdownDelay: stopSeconds * 1e9 },
      Config: { run_for: "1h" },
      Resources: { CPU: 10, MemoryMB: 10 },
    };
    const group = { Name: "members", Count: count, Volumes: { data: volume }, Tasks: [task] };
    const job = { ID: id, Name: id, Type: "service", Datacenters: ["*"], TaskGroups: [group] };
    await sendJson(this.nomad, { method: "PUT", path: "/v1/jobs", body: { Job: job } });
    await eventually(
      `${count} allocations of ${id} running`,
      async (saw) => {
        const allocations = await this.aliveAllocations(id);
        saw(allocations.map(({ nodeName, client }) => `${nodeName} ${client}`));
        return allocations.filter(({ client }) => client === "running").length === count ? true : undefined;
      },
      { timeoutSeconds: 60 },
    );
  }

  async stopJob(id: string, purge = false): Promise<void> {
    const query = { purge: String(purge) };
    await sendJson(this.nomad, { method: "DELETE", path: `/v1/job/${id}`, query });
  }

  async aliveAllocations(jobId: string): Promise<readonly Allocation[]> {
    const path = `/v1/job/${jobId}/allocations`;
    return parseAllocations(await sendJson(this.nomad, { method: "GET", path })).filter(isAlive);
  }

  async setKey(key: string, value: string): Promise<void> {
    await sendJson(this.consul, { method: "PUT", path: `/v1/kv/${key}`, body: value });
  }

  /** Takes a key as a lock, with a session that ends `ttlSeconds` (at most twice that) after its last renewal. */
  async lockKey(key: string, value: string, ttlSeconds: number): Promise<void> {
    const body = { TTL: `${ttlSeconds}s`, Behavior: "delete", LockDelay: "1ms" };
    const session = fields(await sendJson(this.consul, { method: "PUT", path: "/v1/session/create", body }));
    const query = { acquire: text(session["ID"]) ?? "" };
    await sendJson(this.consul, { method: "PUT", path: `/v1/kv/${key}`, query, body: value });
  }

  /** Names of the keys below a folder. */
  async keys(folder: string): Promise<readonly string[]> {
    const reply = await send(this.consul, {
      method: "GET",
      path: `/v1/kv/${folder}`,
      query: { keys: "true" },
    });
    return reply.status === 404 ? [] : elements(JSON.parse(reply.text)).map(String);
  }

  /** Takes away every job, volume and key of the prefix. */
  async clean(): Promise<void> {
    const query = { prefix: this.prefix };
    const jobs = elements(await sendJson(this.nomad, { method: "GET", path: "/v1/jobs", query }));
    for (const job of jobs) await this.stopJob(text(fields(job)["ID"]) ?? "", true);
    await eventually(
      `every volume named ${this.prefix}* deleted`,
      async (saw) => {
        for (const { id } of await this.volumes(this.prefix)) await this.deleteVolume(id);
        const left = await this.volumes(this.prefix);
        saw(left);
        return left.length === 0 ? true : undefined;
      },
      { timeoutSeconds: 60 },
    );
    const path = `/v1/kv/operations/${this.prefix}`;
    await sendJson(this.consul, { method: "DELETE", path, query: { recurse: "true" } });
  }
}
