import type { AccessKind, AccessRole, OneTimeRole } from "../../config/model";
import { credentialsPath } from "../../patroni/access/accessNames";
import { fields, text } from "../../patroni/observed/json";
import { accessInputsOf } from "../../providers/access/clusterAccess";
import { AccessRoles, type AccessRolesArgs } from "../../providers/accessRoles";
import { registeredInputs, type DynamicProvider } from "./dynamicProviderProcess";
import type { Wire } from "./pluginClient";
import { labPlatform, vault, type RealCluster } from "./realCluster";

/** A login as Vault gives it out. */
export interface IssuedLogin {
  readonly user: string;
  readonly password: string;
  /** Empty for a static role. */
  readonly lease: string;
}

/** A one-time role of a kind, in the database `shop`. */
export function oneTime(kind: AccessKind, more: Partial<OneTimeRole> = {}): OneTimeRole {
  const times = { ttlSeconds: 600, maxTtlSeconds: 3600 };
  return { type: "oneTime", name: kind, kind, database: "shop", ...times, create: [], revoke: [], ...more };
}

/** What Pulumi would hand to the provider for a cluster of the lab. */
export async function accessInputs(
  provider: DynamicProvider,
  cluster: RealCluster,
  roles: readonly AccessRole[],
  more: Partial<AccessRolesArgs> = {},
): Promise<Wire> {
  const { postgresPort = 0 } = cluster.cluster;
  const wanted = { ...cluster.cluster, access: roles };
  const args: AccessRolesArgs = { ...accessInputsOf(wanted, labPlatform(), postgresPort), ...more };
  const raw = await registeredInputs(() => new AccessRoles("access", args));
  return (await provider.check({}, raw)).inputs;
}

/** Asks Vault for a login. Throws with Vault's words when it gives none. */
export async function issueLogin(cluster: RealCluster, role: AccessRole): Promise<IssuedLogin> {
  const answer = fields(await vault("GET", `database/${credentialsPath(cluster.cluster, role)}`));
  const data = fields(answer["data"]);
  return {
    user: text(data["username"]) ?? "",
    password: text(data["password"]) ?? "",
    lease: text(answer["lease_id"]) ?? "",
  };
}
