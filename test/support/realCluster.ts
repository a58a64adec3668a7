import { randomBytes } from "node:crypto";
import type { Cluster, Platform } from "../../config/model";
import {
  clusterGrants,
  deregisterSessionNode,
  grantOnConsul,
  registerSessionNode,
  revokeOnConsul,
} from "../../lab/platform/consulGrant";
import { loadLabSettings } from "../../lab/settings";
import { dynamicConfig } from "../../patroni/dynamicConfig";
import { jobspec } from "../../patroni/jobspec";
import { clusterNames, dcsPath } from "../../patroni/names";
import { elements, fields, number, text } from "../../patroni/observed/json";
import { postgresUser } from "../../patroni/patroniTask";
import type { Expectation } from "../../patroni/observed/snapshot";
import { examplePlatform, volumeCluster } from "./examples";
import { consulToken, environment } from "./labSecrets";
import { ensureMemberImage, labEngine } from "./memberImage";
import { eventually } from "./waiting";

/** What of the lab's environment tests with such clusters need. */
export const realClusterNeeds = [
  "NOMAD_ADDR",
  "NOMAD_TOKEN",
  "CONSUL_HTTP_ADDR",
  "CONSUL_HTTP_TOKEN",
  "VAULT_ADDR",
  "VAULT_TOKEN",
  "DOCKER_HOST",
  "NOMAD_POSTGRES_LAB_REGISTRY",
  "NOMAD_POSTGRES_LAB_STATE",
];

/** Name of the image that the tests' clusters run, up to the architecture. */
const imageRepository = "member-test/patroni";
const imagePrefix = `${imageRepository}:lab`;

/** Builds the image where it isn't there yet. Nomad's Docker driver takes what the engine has. */
export async function ensureClusterImage(): Promise<void> {
  const docker = labEngine();
  const built = await ensureMemberImage(docker);
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  await docker.getImage(built).tag({ repo: imageRepository, tag: `lab-${architecture}` });
}

/** The lab as a platform of the stack's configuration. */
export function labPlatform(): Platform {
  return {
    ...examplePlatform,
    nomad: { ...examplePlatform.nomad, address: environment("NOMAD_ADDR") },
    consul: { ...examplePlatform.consul, address: environment("CONSUL_HTTP_ADDR"), sessionTtlMinSeconds: 8 },
    vault: { ...examplePlatform.vault, address: environment("VAULT_ADDR") },
  };
}

/** A small cluster with throw-away data. */
export function labCluster(name: string, more: Partial<Cluster> = {}): Cluster {
  const consulPort = new URL(environment("CONSUL_HTTP_ADDR")).port;
  return {
    ...volumeCluster,
    name,
    members: 2,
    parameters: { max_connections: 50 },
    resources: { cpuMhz: 100, memoryMb: 256 },
    storage: { type: "ephemeral", sizeMb: 300 },
    replicationNetworks: ["127.0.0.0/8"],
    clientNetworks: ["127.0.0.0/8"],
    consulAgentAddress: `\${attr.unique.network.ip-address}:${consulPort}`,
    credentials: { ...volumeCluster.credentials, path: `postgres/${name}` },
    ...more,
  };
}

/** Data on volumes of the cluster's own. */
export function onVolumes(name: string): Partial<Cluster> {
  const size = 100 * 2 ** 20;
  return {
    storage: {
      type: "volume",
      volumeName: `postgres-${name}`,
      capacityMinBytes: size,
      capacityMaxBytes: size,
      pluginId: "mkdir",
      constraints: [],
      whenRemoved: "keep",
    },
  };
}

/** A job that Nomad has registered. */
export interface Registered {
  readonly version: number;
  readonly modifyIndex: number;
}

/**
 * A cluster on the lab, made from the program's own documents but without Pulumi: what it takes in Vault and in
 * Consul, and the job. For tests of what watches a cluster, and of what is wrong with one.
 */
export class RealCluster {
  private usesConsul = false;

  constructor(readonly cluster: Cluster) {}

  /** Writes the secret, the policy and the role. */
  async grantSecret(): Promise<void> {
    const { mount, path, fields: names } = this.cluster.credentials;
    const { vaultPolicy, vaultRole, job } = clusterNames(this.cluster);
    const password = () => randomBytes(12).toString("hex");
    const data = {
      [names.superuserUsername]: "postgres",
      [names.superuserPassword]: password(),
      [names.replicationUsername]: "replicator",
      [names.replicationPassword]: password(),
      [names.rewindUsername]: "rewinder",
      [names.rewindPassword]: password(),
    };
    await vault("POST", `${mount}/data/${path}`, { data });
    const policy = `path "${mount}/data/${path}" { capabilities = ["read"] }`;
    await vault("POST", `sys/policies/acl/${vaultPolicy}`, { policy });
    await vault("POST", `auth/jwt-nomad/role/${vaultRole}`, {
      role_type: "jwt",
      bound_audiences: ["vault.io"],
      bound_claims: { nomad_job_id: job },
      user_claim: "/nomad_job_id",
      user_claim_json_pointer: true,
      claim_mappings: { nomad_job_id: "nomad_job_id" },
      token_type: "service",
      token_policies: [vaultPolicy],
      token_period: 1800,
    });
  }

  /** Writes Patroni's dynamic configuration. */
  async configure(): Promise<void> {
    await consul("PUT", `${this.folder}/config`, JSON.stringify(dynamicConfig(this.cluster)));
  }

  /** Sets one of the cluster's keys in Consul. */
  async setKey(name: string, value: string): Promise<void> {
    await consul("PUT", `${this.folder}/${name}`, value);
  }

  /** Makes the volume of a node. */
  async makeVolume(node: string, parameters: Readonly<Record<string, string>> = {}): Promise<void> {
    const { storage } = this.cluster;
    if (storage.type !== "volume") throw new Error("the cluster has no volumes");
    const nodeId = elements(await nomad("GET", "/v1/nodes"))
      .map(fields)
      .find(({ Name }) => Name === node)?.["ID"];
    const owner = { mode: "0700", uid: String(postgresUser.uid), gid: String(postgresUser.gid) };
    const Volume = {
      Namespace: "default",
      Name: storage.volumeName,
      PluginID: storage.pluginId,
      NodeID: nodeId,
      RequestedCapacityMinBytes: storage.capacityMinBytes,
      RequestedCapacityMaxBytes: storage.capacityMaxBytes,
      RequestedCapabilities: [{ AccessMode: "single-node-single-writer", AttachmentMode: "file-system" }],
      Parameters: { ...owner, ...parameters },
    };
    const made = fields(fields(await nomad("PUT", "/v1/volume/host/create", { Volume }))["Volume"]);
    await eventually(
      `volume on ${node}`,
      async (saw) => {
        const state = fields(await nomad("GET", `/v1/volume/host/${text(made["ID"]) ?? ""}`))["State"];
        saw(state);
        return state === "ready" ? true : undefined;
      },
      { timeoutSeconds: 30 },
    );
  }

  /** Registers the job, changed as the test needs it, with its rights on Consul the first time. */
  async register(change: (job: ReturnType<typeof jobspec>) => unknown = (job) => job): Promise<Registered> {
    if (!this.usesConsul) await this.grantConsul();
    this.usesConsul = true;
    const input = { cluster: this.cluster, platform: labPlatform(), imagePrefix };
    await nomad("POST", "/v1/jobs", { Job: change(structuredClone(jobspec(input))) });
    return this.registered();
  }

  /** The job as Nomad has it. */
  async registered(): Promise<Registered> {
    const job = fields(await nomad("GET", `/v1/job/${this.jobId}`));
    return { version: number(job["Version"]) ?? 0, modifyIndex: number(job["JobModifyIndex"]) ?? 0 };
  }

  /** Lets the members use Consul, and Nomad register them there. */
  private async grantConsul(): Promise<void> {
    await registerSessionNode(loadLabSettings(), this.cluster);
    for (const grant of clusterGrants(this.cluster, labPlatform()))
      await grantOnConsul(loadLabSettings(), grant);
  }

  /** Everything, in order. */
  async start(): Promise<Registered> {
    await this.grantSecret();
    await this.configure();
    return this.register();
  }

  /** What a wait for the registered job is told. */
  expectation(registered: Registered, timeoutSeconds = 90): Expectation {
    const { credentials, name, members, patroni } = this.cluster;
    const platform = labPlatform();
    return {
      cluster: name,
      scope: name,
      keyPrefix: platform.consul.keyPrefix,
      members,
      jobId: this.jobId,
      jobVersion: registered.version,
      jobModifyIndex: registered.modifyIndex,
      standby: false,
      maxLagBytes: patroni.maxLagBytes,
      consulAddress: platform.consul.address,
      nomadAddress: platform.nomad.address,
      nomadNamespace: platform.nomad.namespace,
      nomadRegion: platform.nomad.region,
      vaultSecretPath: `${credentials.mount}/${credentials.path}`,
      timeoutSeconds,
    };
  }

  /** Stops the job and waits until its processes have ended. A purged job's would run on unseen for a while. */
  async stop(): Promise<void> {
    await nomad("DELETE", `/v1/job/${this.jobId}`).catch(() => undefined);
    await eventually(`${this.jobId} stops`, async (saw) => this.stopped(saw), { timeoutSeconds: 60 });
    await nomad("DELETE", `/v1/job/${this.jobId}?purge=true`).catch(() => undefined);
  }

  /** Takes everything away, data too. Does nothing where there is nothing. */
  async remove(): Promise<void> {
    const { mount, path } = this.cluster.credentials;
    const { vaultPolicy, vaultRole } = clusterNames(this.cluster);
    await this.stop();
    await this.deleteVolumes();
    await consul("DELETE", `${this.folder}/?recurse`);
    for (const { name } of clusterGrants(this.cluster, labPlatform()))
      await revokeOnConsul(loadLabSettings(), name);
    await deregisterSessionNode(loadLabSettings(), this.cluster);
    this.usesConsul = false;
    for (const gone of [
      `${mount}/metadata/${path}`,
      `sys/policies/acl/${vaultPolicy}`,
      `auth/jwt-nomad/role/${vaultRole}`,
    ])
      await vault("DELETE", gone);
  }

  private async stopped(saw: (state: unknown) => void): Promise<true | undefined> {
    const allocations = elements(await nomad("GET", `/v1/job/${this.jobId}/allocations?all=true`)).map(
      fields,
    );
    const states = allocations.map(({ ClientStatus }) => ClientStatus);
    saw(states);
    return states.some((state) => state === "running" || state === "pending") ? undefined : true;
  }

  private async deleteVolumes(): Promise<void> {
    const { storage } = this.cluster;
    if (storage.type !== "volume") return;
    const volumes = elements(await nomad("GET", "/v1/volumes?type=host")).map(fields);
    for (const { ID, Name } of volumes) {
      if (Name !== storage.volumeName) continue;
      const remove = async () =>
        nomad("DELETE", `/v1/volume/host/${text(ID) ?? ""}/delete`).then(() => true as const);
      await eventually(`volume ${text(ID) ?? ""} goes`, remove, {
        timeoutSeconds: 60,
        intervalMilliseconds: 1000,
      });
    }
  }

  get jobId(): string {
    return clusterNames(this.cluster).job;
  }

  private get folder(): string {
    return dcsPath(labPlatform().consul.keyPrefix, this.cluster);
  }
}

/** Asks the lab's Nomad. Throws with its words when it says no. */
export async function nomad(method: string, path: string, body?: unknown): Promise<unknown> {
  return request(
    `${environment("NOMAD_ADDR")}${path}`,
    method,
    body === undefined ? undefined : JSON.stringify(body),
    { "X-Nomad-Token": environment("NOMAD_TOKEN") },
  );
}

/** Asks the lab's Consul for a key, or sets it. */
export async function consul(method: string, key: string, body?: string): Promise<unknown> {
  return request(`${environment("CONSUL_HTTP_ADDR")}/v1/kv/${key}`, method, body, consulToken());
}

/** Asks the lab's OpenBao. */
export async function vault(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { "X-Vault-Token": environment("VAULT_TOKEN") };
  const url = `${environment("VAULT_ADDR")}/v1/${path}`;
  return request(url, method, body === undefined ? undefined : JSON.stringify(body), headers);
}

async function request(
  url: string,
  method: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const signal = AbortSignal.timeout(15_000);
  const response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  const answer = await response.text();
  if (!response.ok && !(method === "DELETE" && response.status === 404))
    throw new Error(`${method} ${url}: ${response.status} ${answer.slice(0, 300)}`);
  try {
    return JSON.parse(answer) as unknown;
  } catch {
    return answer;
  }
}
