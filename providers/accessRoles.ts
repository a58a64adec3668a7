/**
 * The logins that Vault's database engine makes for a cluster, as a Pulumi resource,
 * `pulumi-nodejs:dynamic/patroni:AccessRoles`.
 *
 *   check    names wrong inputs; no network; values that a preview doesn't know yet are left alone
 *   diff     another input, or something that wasn't there when last looked
 *   create   makes the databases ready, gives Vault a login of its own, writes connections and roles
 *   update   the same, and removes roles that aren't wanted any more, with the logins that they gave out
 *   read     what Vault or PostgreSQL no longer has shows as `ready` false
 *   delete   ends every login, and removes roles, connections and Vault's own logins
 *
 * It writes to Vault itself, and no `vault.database.SecretBackendConnection` does, because that would have the password
 * of Vault's login among its inputs, and so in Pulumi's state. Here it exists for as long as it takes Vault to replace
 * it by one of its own. What the provider does stands in `access/`, loaded at run time: see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import { accessProviderVersion, type AccessInputs, type AccessResult } from "./access/model";
import { projectProvider } from "./projectProvider";

/** What a cluster's logins are made from: see `AccessInputs`. */
export type AccessRolesArgs = {
  readonly [name in keyof Omit<AccessInputs, "providerVersion">]: pulumi.Input<AccessInputs[name]>;
};

const provider = projectProvider("./providers/access/provider");

/** Roles of Vault's database engine that go on working through failovers. See docs/database-access.md. */
export class AccessRoles extends pulumi.dynamic.Resource {
  /** Addresses at which Vault looks for the leader. */
  declare readonly hosts: pulumi.Output<readonly string[]>;
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: AccessRolesArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs: Record<keyof AccessResult, undefined> = { hosts: undefined, ready: undefined };
    const props = { ...outputs, ...args, providerVersion: accessProviderVersion };
    super(provider, name, props, opts, "patroni", "AccessRoles");
  }
}
