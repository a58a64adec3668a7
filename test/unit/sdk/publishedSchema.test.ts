import { deepStrictEqual, ok } from "node:assert/strict";
import * as path from "node:path";
import { nomadSchema } from "../../../lab/plugins/nomad/schema";
import { secretOutputs } from "../../../lab/plugins/framework/schema";
import { nomadSchemaFile, readNomadSchema, schemaFields } from "../../support/pulumiSchema";
import type { PulumiSchema, SchemaResource } from "../../support/pulumiSchema";
import { standInFields } from "../../support/standInFields";
import { outputsType, typeFields } from "../../support/typeShape";
import type { Fields } from "../../support/typeShape";

const names: Readonly<Record<string, string>> = {
  "nomad:index/job:Job": "Job",
  "nomad:index/dynamicHostVolume:DynamicHostVolume": "DynamicHostVolume",
};

const source = `
import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
${outputsType}
export type Provider_in = pulumi.Unwrap<nomad.ProviderArgs>;
${Object.values(names)
  .map(
    (name) => `
export type ${name}_in = pulumi.Unwrap<nomad.${name}Args>;
export type ${name}_state = pulumi.Unwrap<nomad.${name}State>;
export type ${name}_out = Outputs<nomad.${name}>;`,
  )
  .join("\n")}
`;

const published = readNomadSchema();
const where = path.relative(path.join(__dirname, "../../.."), nomadSchemaFile);

if (published === undefined) {
  describe("the published schema of @pulumi/nomad", () => {
    it(`is not at ${where}, so the SDK and the stand-in are not held to it`);
  });
} else {
  compare(published);
}

function compare(schema: PulumiSchema): void {
  describe(`the published schema of @pulumi/nomad (${where})`, function () {
    this.timeout(120_000);
    this.slow(20_000);
    let types: Readonly<Record<string, Fields>>;
    before(() => {
      types = typeFields(source);
    });

    it("has the settings that the SDK's provider has, and the stand-in", () => {
      const { inputProperties } = schema.provider;
      deepStrictEqual(types["Provider_in"], schemaFields(schema, inputProperties, [], "input"));
      deepStrictEqual(standInFields(nomadSchema.config), schemaFields(schema, inputProperties, [], "input"));
      deepStrictEqual(Object.keys(nomadSchema.config).sort(), Object.keys(schema.config.variables).sort());
      for (const [name, { secret }] of Object.entries(inputProperties)) {
        deepStrictEqual(nomadSchema.config[name]?.secret === true, secret === true, name);
      }
    });

    for (const [token, name] of Object.entries(names)) {
      const resource = schema.resources[token];
      it(`has ${name}`, () => {
        ok(resource !== undefined);
      });
      if (resource !== undefined) compareResource(schema, token, name, resource, () => types);
    }
  });
}

function compareResource(
  schema: PulumiSchema,
  token: string,
  name: string,
  resource: SchemaResource,
  types: () => Readonly<Record<string, Fields>>,
): void {
  const inputs = schemaFields(schema, resource.inputProperties, resource.requiredInputs ?? [], "input");
  const outputs = schemaFields(schema, resource.properties, resource.required ?? [], "output");
  const standIn = nomadSchema.resources.find((candidate) => candidate.token === token);

  it(`agrees on what ${name} takes in the SDK`, () => {
    deepStrictEqual(types()[`${name}_in`], inputs);
    const state = schemaFields(schema, resource.stateInputs?.properties ?? {}, [], "input");
    deepStrictEqual(types()[`${name}_state`], state);
  });

  it(`agrees on what ${name} gives in the SDK`, () => {
    deepStrictEqual(types()[`${name}_out`], outputs);
  });

  it(`agrees on what ${name} takes and gives in the stand-in`, () => {
    ok(standIn !== undefined);
    deepStrictEqual(standInFields(standIn.inputs), inputs);
    deepStrictEqual(standInFields(standIn.outputs), outputs);
  });

  it(`agrees on what replaces ${name} and what is secret in it`, () => {
    ok(standIn !== undefined);
    const replacing = Object.entries(resource.inputProperties).filter(
      ([, input]) => input.willReplaceOnChanges,
    );
    const mine = Object.entries(standIn.inputs).filter(([, input]) => input.replaces);
    deepStrictEqual(mine.map(([input]) => input).sort(), replacing.map(([input]) => input).sort());
    const secret = Object.entries(resource.properties).filter(([, output]) => output.secret);
    deepStrictEqual(
      secretOutputs(standIn),
      secret.map(([output]) => output),
    );
  });
}
