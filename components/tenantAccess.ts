import * as pulumi from "@pulumi/pulumi";
import type { Cluster, Platform } from "../config/model";
import { consulAccess } from "./tenantAccess/consulAccess";
import { vaultAccess } from "./tenantAccess/vaultAccess";

/** What `TenantAccess` is made from. */
export interface TenantAccessArgs {
  readonly cluster: Cluster;
  readonly platform: Platform;
}

/**
 * What a cluster's job may do, and no other job: read its own credentials in Vault, and on Consul write its own keys
 * and register its own services. Both systems know the job by the workload identities that Nomad signs.
 */
export class TenantAccess extends pulumi.ComponentResource {
  constructor(name: string, args: TenantAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("patroni:index:TenantAccess", name, {}, opts);
    const child = { parent: this };
    vaultAccess(name, args, child);
    consulAccess(name, args, child);
    this.registerOutputs({});
  }
}
