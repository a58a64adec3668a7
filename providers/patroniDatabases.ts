/**
 * A cluster's declared databases and roles as a Pulumi resource, `pulumi-nodejs:dynamic/patroni:Databases`.
 *
 *   check    names wrong inputs; no network; values that a preview doesn't know yet are left alone
 *   diff     another input, what a refresh found otherwise, or a run that stopped; says what becomes of others' changes
 *   create   makes what isn't there, and alters what differs, on whoever leads
 *   update   the same; drops what the config allows in words
 *   read     how what was asked for stands; where nobody can be asked, what was known
 *   delete   leaves everything as it is: databases live and die with the cluster's data
 *
 * The tokens come from the environment of Pulumi at the moment of each request; the superuser's password comes from Vault
 * and never enters an input, an output, the state, a line or an error. What the provider does stands in `databases/`,
 * loaded at run time: see `projectProvider`.
 */
import * as pulumi from "@pulumi/pulumi";
import { databasesProviderVersion, type DatabasesInputs, type DatabasesResult } from "./databases/model";
import { projectProvider } from "./projectProvider";

/** What a cluster's databases and roles are made from: see `DatabasesInputs`. */
export type PatroniDatabasesArgs = {
  readonly [name in keyof Omit<DatabasesInputs, "providerVersion">]: pulumi.Input<DatabasesInputs[name]>;
};

const provider = projectProvider("./providers/databases/provider");

/** Databases, roles and extensions as the config declares them; nothing is dropped unsaid. See docs/databases.md. */
export class PatroniDatabases extends pulumi.dynamic.Resource {
  /** Databases that are there, by name. */
  declare readonly databases: pulumi.Output<DatabasesInputs["databases"]>;
  /** Roles that are there, by name. */
  declare readonly roles: pulumi.Output<DatabasesInputs["roles"]>;
  /** What others added to declared roles and the cluster keeps. */
  declare readonly adopted: pulumi.Output<DatabasesResult["adopted"]>;
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: PatroniDatabasesArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs: Record<keyof DatabasesResult, undefined> = {
      applied: undefined,
      adopted: undefined,
      dropped: undefined,
      ready: undefined,
    };
    const props = { ...outputs, ...args, providerVersion: databasesProviderVersion };
    super(provider, name, props, opts, "patroni", "Databases");
  }
}
