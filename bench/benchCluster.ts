import type { CreateResult } from "@pulumi/pulumi/dynamic";
import type { Cluster } from "../config/model";
import {
  clusterGrants,
  deregisterSessionNode,
  grantOnConsul,
  registerSessionNode,
  revokeOnConsul,
} from "../lab/platform/consulGrant";
import { holds, notYet, waitUntil } from "../lab/platform/waiting";
import { dynamicConfig } from "../patroni/dynamicConfig";
import { jobspec } from "../patroni/jobspec";
import { clusterNames, dcsPath } from "../patroni/names";
import { elements, fields, number, text } from "../patroni/observed/json";
import { provider as configProvider } from "../providers/config/provider";
import { provider as credentialsProvider } from "../providers/credentials/provider";
import { provider as leaderProvider } from "../providers/leaderWait/provider";
import { provider as storageProvider } from "../providers/storage/provider";
import type { BenchContext } from "./context";
import { configInputs, credentialsInputs, leaderInputs, storageInputs } from "./providerInputs";

/** A version of a job that Nomad has registered. */
export interface Registered {
  readonly version: number;
  readonly modifyIndex: number;
  /** Just before Nomad was asked, as `performance.now()` counts. */
  readonly at: number;
}

/** What a cluster is prepared with, where a test wants something to be wrong. */
export interface Preparation {
  /** Whether there is a secret. Default: there is. */
  readonly secret?: boolean;
  /** Whether the policy allows the cluster's job to read its secret. Default: it does. */
  readonly maySecretBeRead?: boolean;
  /** Owner of the volumes' folders. Default: the image's postgres user. */
  readonly volumeOwner?: number;
}

/**
 * A cluster on the bench's lab, made of the program's own documents and by its own providers, in this process
 * and without the engine: what is measured is the cluster, not Pulumi.
 */
export class BenchCluster {
  private storage: Record<string, unknown> | undefined;
  private credentials: Record<string, unknown> | undefined;

  constructor(
    readonly context: BenchContext,
    readonly cluster: Cluster,
  ) {}

  /** Nomad's name of the job. */
  get job(): string {
    return clusterNames(this.cluster).job;
  }

  /** Folder of the cluster's keys in Consul. */
  get folder(): string {
    return dcsPath(this.context.platform.consul.keyPrefix, this.cluster);
  }

  /** All that the job needs: secret, right to read it, storage, dynamic configuration. */
  async prepare(how: Preparation = {}): Promise<void> {
    if (how.secret ?? true) {
      this.credentials = outputs(await credentialsProvider.create(credentialsInputs(this)));
    }
    await this.grant(how.maySecretBeRead ?? true);
    this.storage = outputs(await storageProvider.create(storageInputs(this, how.volumeOwner)));
    await configProvider.create(configInputs(this, dynamicConfig(this.cluster)));
  }

  /** Registers the job, the program's own unless another is given. */
  async register(spec: unknown = this.jobspec()): Promise<Registered> {
    const at = performance.now();
    await this.context.api.nomad("POST", "/v1/jobs", { Job: spec });
    const job = fields(await this.context.api.nomad("GET", `/v1/job/${this.job}`));
    return { version: number(job["Version"]) ?? 0, modifyIndex: number(job["JobModifyIndex"]) ?? 0, at };
  }

  /** The program's jobspec for this cluster, changed if need be. */
  jobspec(change: Partial<Cluster> = {}, imagePrefix = this.context.imagePrefix): ReturnType<typeof jobspec> {
    const { platform } = this.context;
    return jobspec({ cluster: { ...this.cluster, ...change }, platform, imagePrefix });
  }

  /** What creating `PatroniLeader` does. @throws with its message when the cluster doesn't become ready */
  async waitForLeader(registered: Registered): Promise<void> {
    await leaderProvider.create(leaderInputs(this, registered));
  }

  /** Stops the job, waits until nothing of it runs, and takes it and the leader lock away. */
  async stop(): Promise<void> {
    const { api } = this.context;
    // Not purged yet: Nomad forgets a purged job's allocations while their containers still stop.
    await api.nomad("DELETE", `/v1/job/${this.job}`).catch(() => undefined);
    await waitUntil(
      async () => {
        const found = elements(await api.nomad("GET", `/v1/job/${this.job}/allocations?all=true`)).map(
          fields,
        );
        const alive = found.filter(
          ({ ClientStatus: status }) => status === "running" || status === "pending",
        );
        return alive.length === 0 ? holds : notYet(`${alive.length} allocations are alive`);
      },
      { withinSeconds: 120 },
    );
    await api.nomad("DELETE", `/v1/job/${this.job}?purge=true`).catch(() => undefined);
    await api.consul("DELETE", `/v1/kv/${this.folder}/leader`);
  }

  /** Takes everything away, data too. Safe where there is nothing. */
  async remove(): Promise<void> {
    const { api } = this.context;
    const { vaultPolicy, vaultRole } = clusterNames(this.cluster);
    await this.stop();
    if (this.storage !== undefined) await storageProvider.delete(this.folder, this.storage);
    if (this.credentials !== undefined) await credentialsProvider.delete(this.cluster.name, this.credentials);
    await api.consul("DELETE", `/v1/kv/${this.folder}/?recurse`);
    await api.deleteVault(`sys/policies/acl/${vaultPolicy}`);
    for (const { name } of clusterGrants(this.cluster, this.context.platform))
      await revokeOnConsul(this.context.settings, name);
    await deregisterSessionNode(this.context.settings, this.cluster);
    await api.deleteVault(`auth/${this.context.platform.vault.jwtAuthPath}/role/${vaultRole}`);
    this.storage = undefined;
    this.credentials = undefined;
  }

  /** The superuser's name and password. */
  async superuser(): Promise<{ readonly user: string; readonly password: string }> {
    const { mount, path, fields: names } = this.cluster.credentials;
    const secret = fields(fields(await this.context.api.readVault(`${mount}/data/${path}`))["data"]);
    const data = fields(secret["data"]);
    return {
      user: text(data[names.superuserUsername]) ?? "",
      password: text(data[names.superuserPassword]) ?? "",
    };
  }

  /** The policy and the role by which the job's identity reads its secret, and nothing else. */
  private async grant(mayBeRead: boolean): Promise<void> {
    const { api, platform } = this.context;
    const { mount, path } = this.cluster.credentials;
    const { vaultPolicy, vaultRole, job } = clusterNames(this.cluster);
    const capability = mayBeRead ? "read" : "deny";
    await api.writeVault(`sys/policies/acl/${vaultPolicy}`, {
      policy: `path "${mount}/data/${path}" { capabilities = ["${capability}"] }`,
    });
    await api.writeVault(`auth/${platform.vault.jwtAuthPath}/role/${vaultRole}`, {
      role_type: "jwt",
      bound_audiences: [platform.vault.audience],
      bound_claims: { nomad_job_id: job },
      user_claim: "/nomad_job_id",
      user_claim_json_pointer: true,
      claim_mappings: { nomad_job_id: "nomad_job_id" },
      token_type: "service",
      token_policies: [vaultPolicy],
      token_period: 1800,
    });
    await registerSessionNode(this.context.settings, this.cluster);
    for (const grant of clusterGrants(this.cluster, platform))
      await grantOnConsul(this.context.settings, grant);
  }
}

function outputs(created: CreateResult): Record<string, unknown> {
  return (created.outs ?? {}) as Record<string, unknown>;
}
