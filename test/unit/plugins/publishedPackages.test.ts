import { deepStrictEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { PackageSchema, ResourceSchema } from "../../../lab/plugins/framework/schema";
import {
  bindingRuleSchema,
  consulSchema,
  nodeSchema,
  policySchema as consulPolicySchema,
  roleSchema,
} from "../../../lab/plugins/consul/schema";
import { imageSchema, dockerSchema } from "../../../lab/plugins/docker/schema";
import { dynamicHostVolumeSchema, jobSchema, nomadSchema } from "../../../lab/plugins/nomad/schema";
import { standIns } from "../../../lab/plugins/standIns";
import { authBackendRoleSchema, policySchema, vaultSchema } from "../../../lab/plugins/vault/schema";
import { standInFields } from "../../support/standInFields";
import { outputsType, typeFields } from "../../support/typeShape";
import type { Fields } from "../../support/typeShape";

const resources: readonly { readonly name: string; readonly schema: ResourceSchema }[] = [
  { name: "consul.AclBindingRule", schema: bindingRuleSchema },
  { name: "consul.AclPolicy", schema: consulPolicySchema },
  { name: "consul.AclRole", schema: roleSchema },
  { name: "consul.Node", schema: nodeSchema },
  { name: "docker.Image", schema: imageSchema },
  { name: "nomad.DynamicHostVolume", schema: dynamicHostVolumeSchema },
  { name: "nomad.Job", schema: jobSchema },
  { name: "vault.Policy", schema: policySchema },
  { name: "vault.jwt.AuthBackendRole", schema: authBackendRoleSchema },
];

const alias = (name: string): string => name.replaceAll(".", "_");

/** What a program sees of each resource: the arguments with outputs unwrapped, and the class's outputs. */
const source = `
import * as consul from "@pulumi/consul";
import * as docker from "@pulumi/docker";
import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
${outputsType}
${resources
  .map(
    ({ name }) =>
      `export type ${alias(name)}_in = pulumi.Unwrap<${name}Args>;\nexport type ${alias(name)}_out = Outputs<${name}>;`,
  )
  .join("\n")}
`;

describe("the stand-ins and the packages that programs import", function () {
  this.timeout(120_000);
  this.slow(20_000);
  let types: Readonly<Record<string, Fields>>;
  before(() => {
    types = typeFields(source);
  });

  for (const { name, schema } of resources) {
    it(`agree on the inputs of ${name}`, () => {
      deepStrictEqual(standInFields(schema.inputs), types[`${alias(name)}_in`]);
    });
    it(`agree on the outputs of ${name}`, () => {
      deepStrictEqual(standInFields(schema.outputs), types[`${alias(name)}_out`]);
    });
  }

  it("agree on versions", () => {
    const schemas: readonly PackageSchema[] = [consulSchema, dockerSchema, nomadSchema, vaultSchema];
    for (const schema of schemas) {
      const file = path.join(__dirname, "../../../node_modules/@pulumi", schema.name, "package.json");
      const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
      deepStrictEqual(
        [schema.version, (standIns as Record<string, string>)[schema.name]],
        [version, version],
      );
    }
  });
});
