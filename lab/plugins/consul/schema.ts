import { boolean, listOf, mapOf, objectOf, string } from "../framework/schema";
import type { FieldSchema, InputSchema, PackageSchema, ResourceSchema } from "../framework/schema";

const enterprise = "namespaces and partitions are features of Consul Enterprise; leave it out";
const enterpriseOnly: Readonly<Record<"namespace" | "partition", InputSchema>> = {
  namespace: { type: string, replaces: true, refused: enterprise },
  partition: { type: string, replaces: true, refused: enterprise },
};
const inAPolicy = "write what it stands for in a policy, and name that in policies";

/** A resource type whose outputs are its inputs, of which `always` have a value. */
function resource(
  token: string,
  inputs: Readonly<Record<string, InputSchema>>,
  always: readonly string[],
): ResourceSchema {
  const outputs = Object.entries(inputs).map(([name, { type, secret }]): [string, FieldSchema] => [
    name,
    { type, ...(secret && { secret }), ...(always.includes(name) && { required: true }) },
  ]);
  return { token, inputs, outputs: Object.fromEntries(outputs) };
}

/** `consul.AclPolicy` of the consul package 3.15.1. */
export const policySchema = resource(
  "consul:index/aclPolicy:AclPolicy",
  {
    datacenters: { type: listOf(string), unordered: true },
    description: { type: string },
    name: { type: string, autoName: true },
    ...enterpriseOnly,
    rules: { type: string, required: true },
  },
  ["name", "rules"],
);

const datacenters: FieldSchema = { type: listOf(string) };

/** `consul.AclRole` of the consul package 3.15.1. */
export const roleSchema = resource(
  "consul:index/aclRole:AclRole",
  {
    description: { type: string },
    name: { type: string, autoName: true },
    ...enterpriseOnly,
    nodeIdentities: {
      type: listOf(
        objectOf({
          datacenter: { type: string, required: true },
          nodeName: { type: string, required: true },
        }),
      ),
      refused: inAPolicy,
    },
    policies: { type: listOf(string), unordered: true },
    serviceIdentities: {
      type: listOf(objectOf({ datacenters, serviceName: { type: string, required: true } })),
      refused: inAPolicy,
    },
    templatedPolicies: {
      type: listOf(
        objectOf({
          datacenters,
          templateName: { type: string, required: true },
          templateVariables: { type: objectOf({ name: { type: string } }) },
        }),
      ),
      refused: inAPolicy,
    },
  },
  ["name"],
);

/** `consul.AclBindingRule` of the consul package 3.15.1. */
export const bindingRuleSchema = resource(
  "consul:index/aclBindingRule:AclBindingRule",
  {
    authMethod: { type: string, required: true, replaces: true },
    bindName: { type: string, required: true },
    bindType: { type: string, required: true, replaces: true },
    bindVars: {
      type: objectOf({ name: { type: string } }),
      refused: "it is for templated policies, which this stand-in doesn't know",
    },
    description: { type: string },
    ...enterpriseOnly,
    selector: { type: string },
  },
  ["authMethod", "bindName", "bindType"],
);

/** `consul.Node` of the consul package 3.15.1. */
export const nodeSchema = resource(
  "consul:index/node:Node",
  {
    address: { type: string, required: true, replaces: true },
    datacenter: { type: string, computed: true, replaces: true },
    meta: { type: mapOf(string) },
    name: { type: string, autoName: true, replaces: true },
    partition: enterpriseOnly.partition,
    token: { type: string, secret: true, refused: "give it in CONSUL_HTTP_TOKEN or consul:token" },
  },
  ["address", "datacenter", "name"],
);

const login: FieldSchema = {
  type: objectOf({}),
  refused: "give it a token in CONSUL_HTTP_TOKEN or consul:token",
};

const config: Readonly<Record<string, FieldSchema>> = {
  address: { type: string },
  authJwt: login,
  authLoginAws: login,
  caFile: { type: string },
  caPath: { type: string, refused: "name one file with all certificates in consul:caFile" },
  caPem: { type: string },
  certFile: { type: string },
  certPem: { type: string },
  datacenter: { type: string },
  headers: {
    type: listOf(
      objectOf({ name: { type: string, required: true }, value: { type: string, required: true } }),
    ),
  },
  httpAuth: { type: string },
  insecureHttps: { type: boolean },
  keyFile: { type: string },
  keyPem: { type: string },
  namespace: { type: string, refused: enterprise },
  scheme: { type: string },
  token: { type: string, secret: true },
};

/** What the stand-in for the Consul plugin knows. */
export const consulSchema: PackageSchema = {
  name: "consul",
  version: "3.15.1",
  config,
  resources: [policySchema, roleSchema, bindingRuleSchema, nodeSchema],
};
