import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Cluster, Platform } from "../config/model";
import { clusterNames } from "../patroni/names";

/** What `TenantAccess` is made from. */
export interface TenantAccessArgs {
  readonly cluster: Cluster;
  readonly platform: Platform;
}

/**
 * A cluster's right to read its own credentials: a Vault policy that reads the one secret, and a role of the
 * JWT auth method that gives this policy to the cluster's job, and to nothing else.
 *
 * Source: https://developer.hashicorp.com/nomad/docs/secure/vault/acl
 */
export class TenantAccess extends pulumi.ComponentResource {
  constructor(name: string, args: TenantAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("patroni:index:TenantAccess", name, {}, opts);
    const { cluster, platform } = args;
    const { mount, path } = cluster.credentials;
    const names = clusterNames(cluster);

    const policy = new vault.Policy(
      `${name}-policy`,
      { name: names.vaultPolicy, policy: `path "${mount}/data/${path}" {\n  capabilities = ["read"]\n}\n` },
      { parent: this },
    );
    new vault.jwt.AuthBackendRole(
      `${name}-role`,
      {
        backend: platform.vault.jwtAuthPath,
        roleName: names.vaultRole,
        roleType: "jwt",
        boundAudiences: [platform.vault.audience],
        boundClaims: {
          nomad_namespace: platform.nomad.namespace,
          nomad_job_id: names.job,
          nomad_task: names.task,
        },
        userClaim: "/nomad_job_id",
        userClaimJsonPointer: true,
        claimMappings: {
          nomad_namespace: "nomad_namespace",
          nomad_job_id: "nomad_job_id",
          nomad_task: "nomad_task",
        },
        tokenType: "service",
        tokenPolicies: [policy.name],
        // Renewed by Nomad for as long as the task runs.
        tokenPeriod: 1800,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
