import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Cluster, Platform } from "../config/model";
import { vaultAccessName } from "../patroni/access/accessNames";
import { accessPolicy } from "../patroni/access/accessPolicy";
import { accessInputsOf } from "../providers/access/clusterAccess";
import { AccessRoles } from "../providers/accessRoles";

/** What `DatabaseAccess` is made from. */
export interface DatabaseAccessArgs {
  readonly cluster: Cluster;
  readonly platform: Platform;
  /** The cluster's own port, which its roles need. */
  readonly postgresPort: number;
}

/**
 * The logins that apps and people get from Vault: the roles of Vault's database engine, and a policy for each by which
 * somebody's identity may read that role's login and nothing else.
 */
export class DatabaseAccess extends pulumi.ComponentResource {
  constructor(name: string, args: DatabaseAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("patroni:index:DatabaseAccess", name, {}, opts);
    const { cluster, platform, postgresPort } = args;
    const child = { parent: this };
    new AccessRoles(`${name}-access`, accessInputsOf(cluster, platform, postgresPort), child);
    for (const role of cluster.access)
      new vault.Policy(
        `${name}-access-${role.name}`,
        { name: vaultAccessName(cluster, role), policy: accessPolicy(cluster, platform, role) },
        child,
      );
    this.registerOutputs({});
  }
}
