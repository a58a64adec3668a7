import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DatabaseAccess } from "../../../components/databaseAccess";
import { oneTime } from "../../support/accessLab";
import { examplePlatform, volumeCluster } from "../../support/examples";

describe("the logins of a cluster", () => {
  it("are one resource that writes to Vault, and a policy for each role", async () => {
    const resources: { readonly type: string; readonly name: string; readonly inputs: unknown }[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs }) => {
        resources.push({ type, name, inputs });
        return { id: name, state: inputs as object };
      },
      call: () => ({}),
    });
    const cluster = { ...volumeCluster, access: [oneTime("owner"), oneTime("readonly")] };
    const made = new DatabaseAccess("acme", { cluster, platform: examplePlatform, postgresPort: 6432 });
    await new Promise((resolve) => pulumi.output(made.urn).apply(resolve));
    await pulumi.runtime.disconnect();
    const shown = resources.map(({ type, name }) => `${type} ${name}`).sort();
    assert.deepEqual(shown, [
      "patroni:index:DatabaseAccess acme",
      "pulumi-nodejs:dynamic/patroni:AccessRoles acme-access",
      "vault:index/policy:Policy acme-access-owner",
      "vault:index/policy:Policy acme-access-readonly",
    ]);
    const policy = resources.find(({ name }) => name === "acme-access-owner")?.inputs;
    assert.deepEqual(policy, {
      name: "postgres-acme.owner",
      policy: 'path "database/creds/postgres-acme.owner" {\n  capabilities = ["read"]\n}\n',
    });
    const access = resources.find(({ name }) => name === "acme-access")?.inputs as Record<string, unknown>;
    assert.equal(access["postgresPort"], 6432);
    assert.ok(!JSON.stringify(access).includes('"password"'));
  });
});
