import type * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { clusterNames } from "../../patroni/names";
import type { TenantAccessArgs } from "../tenantAccess";

/**
 * A cluster's right to read its own credentials: a Vault policy that reads the one secret, and a role of the
 * JWT auth method that gives this policy to the cluster's job, and to nothing else.
 *
 * Source: https://developer.hashicorp.com/nomad/docs/secure/vault/acl
 */
export function vaultAccess(
  name: string,
  { cluster, platform }: TenantAccessArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const { mount, path } = cluster.credentials;
  const names = clusterNames(cluster);
  const policy = new vault.Policy(
    `${name}-policy`,
    { name: names.vaultPolicy, policy: `path "${mount}/data/${path}" {\n  capabilities = ["read"]\n}\n` },
    opts,
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
    opts,
  );
}
