import { textOrNothing, textsOrNothing, type AclKind } from "./aclObject";
import { bindingRuleSchema, policySchema, roleSchema } from "./schema";

/** `consul.AclPolicy`. https://developer.hashicorp.com/consul/api-docs/acl/policies */
export const policy: AclKind = {
  schema: policySchema,
  path: "policy",
  title: "ACL policy",
  body: ({ name, description, rules, datacenters }) => ({
    Name: name,
    Description: description ?? "",
    Rules: rules,
    Datacenters: datacenters ?? [],
  }),
  outputs: ({ Name, Description, Rules, Datacenters }) => ({
    name: String(Name),
    description: textOrNothing(Description),
    rules: String(Rules),
    datacenters: textsOrNothing(Datacenters),
  }),
};

/** `consul.AclRole`. https://developer.hashicorp.com/consul/api-docs/acl/roles */
export const role: AclKind = {
  schema: roleSchema,
  path: "role",
  title: "ACL role",
  body: ({ name, description, policies }) => ({
    Name: name,
    Description: description ?? "",
    Policies: (Array.isArray(policies) ? policies : []).map((ID: unknown) => ({ ID })),
  }),
  outputs: ({ Name, Description, Policies }) => ({
    name: String(Name),
    description: textOrNothing(Description),
    policies: textsOrNothing(
      (Array.isArray(Policies) ? Policies : []).map((link: { readonly ID: string }) => link.ID),
    ),
  }),
};

/** `consul.AclBindingRule`. https://developer.hashicorp.com/consul/api-docs/acl/binding-rules */
export const bindingRule: AclKind = {
  schema: bindingRuleSchema,
  path: "binding-rule",
  title: "ACL binding rule",
  body: ({ authMethod, bindType, bindName, description, selector }) => ({
    AuthMethod: authMethod,
    BindType: bindType,
    BindName: bindName,
    Description: description ?? "",
    Selector: selector ?? "",
  }),
  outputs: ({ AuthMethod, BindType, BindName, Description, Selector }) => ({
    authMethod: String(AuthMethod),
    bindType: String(BindType),
    bindName: String(BindName),
    description: textOrNothing(Description),
    selector: textOrNothing(Selector),
  }),
};
