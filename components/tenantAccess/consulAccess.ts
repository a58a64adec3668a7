import * as consul from "@pulumi/consul";
import type * as pulumi from "@pulumi/pulumi";
import type { ConsulLogin } from "../../config/model";
import { loginSelector, memberRules, serviceRules } from "../../patroni/consulRights";
import { clusterNames } from "../../patroni/names";
import type { TenantAccessArgs } from "../tenantAccess";

/**
 * A cluster's rights on Consul, where Consul has ACLs: for its members, and for the services that Nomad registers for
 * them, a policy, a role of it, and the binding rule by which a login of theirs gets that role. And a node of its own in the
 * catalog, for its sessions.
 *
 * Source: https://developer.hashicorp.com/nomad/docs/secure/acl/consul
 */
export function consulAccess(name: string, args: TenantAccessArgs, opts: pulumi.CustomResourceOptions): void {
  const { cluster, platform } = args;
  const { acl } = platform.consul;
  if (acl === undefined) return;
  const { consulMember, consulServices, consulNode } = clusterNames(cluster);
  new consul.Node(
    `${name}-node`,
    // Nothing is at the address: no agent, and nothing that one would look after.
    { name: consulNode, address: "127.0.0.1", meta: { "external-node": "true", "external-probe": "false" } },
    opts,
  );
  grant(`${name}-consul`, acl.taskAuthMethod, opts, {
    role: consulMember,
    rules: memberRules(cluster, platform),
    selector: loginSelector("member", cluster, platform),
    description: `Patroni of ${cluster.name}`,
  });
  grant(`${name}-services`, acl.serviceAuthMethod, opts, {
    role: consulServices,
    rules: serviceRules(cluster),
    selector: loginSelector("service", cluster, platform),
    description: `Services of ${cluster.name}`,
  });
}

/** Who logs in with which identity, and what they may do. */
interface Grant {
  readonly role: string;
  readonly rules: string;
  readonly selector: string;
  readonly description: string;
}

function grant(
  name: string,
  authMethod: ConsulLogin["taskAuthMethod"],
  opts: pulumi.CustomResourceOptions,
  { role: bindName, rules, selector, description }: Grant,
): void {
  const policy = new consul.AclPolicy(`${name}-policy`, { name: bindName, description, rules }, opts);
  const role = new consul.AclRole(
    `${name}-role`,
    { name: bindName, description, policies: [policy.id] },
    opts,
  );
  new consul.AclBindingRule(
    `${name}-binding`,
    { authMethod, bindType: "role", bindName: role.name, selector, description },
    opts,
  );
}
