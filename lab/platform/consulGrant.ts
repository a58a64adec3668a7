import { z } from "zod";
import type { Cluster, Platform } from "../../config/model";
import { loginSelector, memberRules, serviceRules } from "../../patroni/consulRights";
import { clusterNames } from "../../patroni/names";
import type { LabSettings } from "../settings";
import { askConsul, serviceAuthMethod, taskAuthMethod, writeConsulPolicy } from "./consulAcl";

/** Who gets which rights on Consul when he logs in. */
export interface ConsulGrant {
  /** Name of the policy and of the role. */
  readonly name: string;
  readonly rules: string;
  readonly authMethod: typeof serviceAuthMethod | typeof taskAuthMethod;
  readonly selector: string;
}

const rolesSchema = z.array(z.object({ ID: z.string(), Name: z.string() }));
const bindingsSchema = z.array(z.object({ ID: z.string(), BindName: z.string() }));

/** What the program grants a cluster, for tests and benches that make clusters without it. */
export function clusterGrants(cluster: Cluster, platform: Platform): readonly ConsulGrant[] {
  const { consulMember, consulServices } = clusterNames(cluster);
  return [
    {
      name: consulMember,
      rules: memberRules(cluster, platform),
      authMethod: taskAuthMethod,
      selector: loginSelector("member", cluster, platform),
    },
    {
      name: consulServices,
      rules: serviceRules(cluster),
      authMethod: serviceAuthMethod,
      selector: loginSelector("service", cluster, platform),
    },
  ];
}

/** Gives the rights, and takes back those that were given under the same name. */
export async function grantOnConsul(settings: LabSettings, grant: ConsulGrant): Promise<void> {
  await revokeOnConsul(settings, grant.name);
  const policy = await writeConsulPolicy(settings, grant.name, grant.rules);
  const write = async (path: string, body: object): Promise<unknown> =>
    askConsul(settings, path, { method: "PUT", body });
  await write("/v1/acl/role", { Name: grant.name, Policies: [{ ID: policy }] });
  await write("/v1/acl/binding-rule", {
    AuthMethod: grant.authMethod,
    BindType: "role",
    BindName: grant.name,
    Selector: grant.selector,
  });
}

/** Makes the cluster's own node in the catalog, for its sessions. */
export async function registerSessionNode(
  settings: LabSettings,
  cluster: Pick<Cluster, "name">,
): Promise<void> {
  const body = { Node: clusterNames(cluster).consulNode, Address: "127.0.0.1" };
  await askConsul(settings, "/v1/catalog/register", { method: "PUT", body });
}

/** Takes it away, and its sessions with it. */
export async function deregisterSessionNode(
  settings: LabSettings,
  cluster: Pick<Cluster, "name">,
): Promise<void> {
  const body = { Node: clusterNames(cluster).consulNode };
  await askConsul(settings, "/v1/catalog/deregister", { method: "PUT", body });
}

/** Takes back rights by their name. Does nothing where there are none. */
export async function revokeOnConsul(settings: LabSettings, name: string): Promise<void> {
  const bindings = bindingsSchema.parse(await askConsul(settings, "/v1/acl/binding-rules"));
  const roles = rolesSchema.parse(await askConsul(settings, "/v1/acl/roles"));
  const policies = rolesSchema.parse(await askConsul(settings, "/v1/acl/policies"));
  const remove = async (kind: string, ids: readonly { readonly ID: string }[]): Promise<void> => {
    for (const { ID } of ids) await askConsul(settings, `/v1/acl/${kind}/${ID}`, { method: "DELETE" });
  };
  await remove(
    "binding-rule",
    bindings.filter(({ BindName }) => BindName === name),
  );
  await remove(
    "role",
    roles.filter(({ Name }) => Name === name),
  );
  await remove(
    "policy",
    policies.filter(({ Name }) => Name === name),
  );
}
