import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { plugin } from "../../../lab/plugins/vault/plugin";
import { describeWith } from "../../support/needs";
import { PluginClient, secret } from "../../support/pluginClient";
import type { Wire } from "../../support/pluginClient";

const suffix = randomBytes(4).toString("hex");

async function vault(
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${process.env["VAULT_ADDR"] ?? ""}/v1/${path}`, {
    method,
    headers: { "x-vault-token": token ?? process.env["VAULT_TOKEN"] ?? "" },
    signal: AbortSignal.timeout(5000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text === "" ? {} : JSON.parse(text)) as {
    data?: Record<string, unknown>;
    auth?: Record<string, unknown>;
  };
  return { status: response.status, ...answer.data, ...answer.auth };
}

describeWith("the vault stand-in against a real OpenBao", ["VAULT_ADDR", "VAULT_TOKEN"], function () {
  this.timeout(30_000);
  const mount = `kv-${suffix}`;
  const backend = `jwt-${suffix}`;
  let client: PluginClient;
  before(async () => {
    await vault("POST", `sys/mounts/${mount}`, { type: "kv", options: { version: "2" } });
    await vault("POST", `sys/auth/${backend}`, { type: "jwt" });
    client = await PluginClient.start(plugin);
  });
  after(async () => {
    client.close();
    await vault("DELETE", `sys/mounts/${mount}`);
    await vault("DELETE", `sys/auth/${backend}`);
  });

  describe("Policy", () => {
    const type = "vault:index/policy:Policy";
    const name = `standin-${suffix}`;
    const read = 'path "secret/data/a" { capabilities = ["read"] }';
    const list = 'path "secret/metadata/a" { capabilities = ["list"] }';

    it("writes, sees drift, mends it, deletes", async () => {
      const { inputs } = await client.check(type, { name, policy: read });
      const { id, outputs } = await client.create(type, inputs);
      deepStrictEqual([id, outputs], [name, { name, policy: read }]);
      deepStrictEqual(await client.read(type, id, outputs, inputs), { outputs, inputs });

      deepStrictEqual(await client.read(type, id, {}, {}), { outputs, inputs });

      await vault("PUT", `sys/policies/acl/${name}`, { policy: list });
      const drifted = await client.read(type, id, outputs, inputs);
      deepStrictEqual(drifted?.inputs, { name, policy: list });
      strictEqual((await client.diff(type, id, drifted.inputs, inputs)).changed, true);
      await client.update(type, id, drifted.outputs, drifted.inputs, inputs);
      strictEqual((await vault("GET", `sys/policies/acl/${name}`))["policy"], read);

      await client.delete(type, id, outputs);
      strictEqual(await client.read(type, id, outputs, inputs), undefined);
      await client.delete(type, id, outputs);
    });

    it("passes on what is wrong with a policy", async () => {
      await rejects(
        client.create(type, { name, policy: "path {" }),
        /can't write the policy "standin-.*: Vault at .* answered PUT .* with 400: .*/s,
      );
    });
  });

  describe("SecretV2", () => {
    const type = "vault:kv/secretV2:SecretV2";
    const inputsOf = (data: object, more: Wire = {}): Wire => ({
      mount,
      name: "postgres/acme",
      dataJson: secret(JSON.stringify(data)),
      ...more,
    });

    it("writes, keeps it secret, sees drift, mends it, deletes", async () => {
      const { inputs, failures } = await client.check(
        type,
        inputsOf({ user: "postgres", password: "hunter2" }),
      );
      deepStrictEqual(failures, []);
      const { id, outputs } = await client.create(type, inputs);
      strictEqual(id, `${mount}/data/postgres/acme`);
      deepStrictEqual(outputs["dataJson"], inputs["dataJson"]);
      deepStrictEqual(outputs["data"], secret({ user: "postgres", password: "hunter2" }));
      deepStrictEqual([outputs["path"], (outputs["metadata"] as Wire)["version"]], [id, "1"]);
      deepStrictEqual(outputs["customMetadata"], {
        casRequired: false,
        data: {},
        deleteVersionAfter: 0,
        maxVersions: 0,
      });

      const same = await client.read(type, id, outputs, inputs);
      deepStrictEqual(same, { outputs, inputs });
      const imported = await client.read(type, id, {}, {});
      deepStrictEqual(imported?.inputs, {
        mount,
        name: "postgres/acme",
        dataJson: secret('{"password":"hunter2","user":"postgres"}'),
      });
      const reordered = inputsOf({ password: "hunter2", user: "postgres" }, inputs);
      strictEqual((await client.diff(type, id, inputs, reordered, outputs)).changed, false);

      await vault("POST", `${mount}/data/postgres/acme`, { data: { user: "someone" } });
      const drifted = await client.read(type, id, outputs, inputs);
      deepStrictEqual(drifted?.inputs["dataJson"], secret('{"user":"someone"}'));
      deepStrictEqual((await client.diff(type, id, drifted.inputs, inputs)).diffs, ["dataJson"]);
      const updated = await client.update(type, id, drifted.outputs, drifted.inputs, inputs);
      strictEqual((updated.outputs["metadata"] as Wire)["version"], "3");

      await client.delete(type, id, updated.outputs);
      strictEqual(await client.read(type, id, updated.outputs, inputs), undefined);
      ok((await vault("GET", `${mount}/metadata/postgres/acme`))["versions"] !== undefined);
      const again = await client.create(type, inputs);
      await client.delete(type, id, { ...again.outputs, deleteAllVersions: true });
      strictEqual((await vault("GET", `${mount}/metadata/postgres/acme`))["status"], 404);
    });

    it("writes custom metadata and holds to check-and-set", async () => {
      const customMetadata = { maxVersions: 5, deleteVersionAfter: 12345, data: { owner: "acme" } };
      const inputs = inputsOf({ a: "1" }, { name: "cas", cas: 0, customMetadata, deleteAllVersions: true });
      const { id, outputs } = await client.create(type, inputs);
      deepStrictEqual(outputs["customMetadata"], { casRequired: false, ...customMetadata });
      const found = await client.read(type, id, outputs, inputs);
      deepStrictEqual(found?.inputs, inputs);
      await rejects(client.create(type, inputs), /answered PUT .*\/data\/cas with 400: .*check-and-set/s);
      await client.delete(type, id, outputs);
    });

    it("doesn't look when told not to", async () => {
      const inputs = inputsOf({ a: "1" }, { name: "blind", disableRead: true });
      const { id, outputs } = await client.create(type, inputs);
      await vault("DELETE", `${mount}/metadata/blind`);
      ok((await client.read(type, id, outputs, inputs)) !== undefined);
    });

    it("names a mount that isn't there, without showing the secret", async () => {
      const inputs = { ...inputsOf({ password: "hunter2" }), mount: "nowhere" };
      await rejects(client.create(type, inputs), (error: Error) => {
        match(error.message, /can't write the secret nowhere\/data\/postgres\/acme: Vault at .* with 404/s);
        strictEqual(error.message.includes("hunter2"), false);
        return true;
      });
    });
  });

  describe("jwt.AuthBackendRole", () => {
    const type = "vault:jwt/authBackendRole:AuthBackendRole";
    const inputs: Wire = {
      backend,
      roleName: "acme",
      roleType: "jwt",
      boundAudiences: ["vault.io", "bao.io"],
      boundClaims: { nomad_job_id: "acme", nomad_namespace: "default,prod" },
      userClaim: "/nomad_job_id",
      userClaimJsonPointer: true,
      claimMappings: { nomad_namespace: "nomad_namespace" },
      tokenPolicies: ["one", "two"],
      tokenPeriod: 1800,
      tokenType: "service",
    };

    it("writes, reads, sees drift, takes away, deletes", async () => {
      const { inputs: checked, failures } = await client.check(type, inputs);
      deepStrictEqual(failures, []);
      const { id, outputs } = await client.create(type, checked);
      strictEqual(id, `auth/${backend}/role/acme`);
      for (const [name, value] of Object.entries(checked)) deepStrictEqual(outputs[name], value, name);
      const role = await vault("GET", id);
      deepStrictEqual(role["bound_claims"], { nomad_job_id: "acme", nomad_namespace: ["default", "prod"] });
      deepStrictEqual([role["token_period"], role["user_claim_json_pointer"]], [1800, true]);
      deepStrictEqual(await client.read(type, id, outputs, checked), { outputs, inputs: checked });

      const imported = await client.read(type, id, {}, {});
      deepStrictEqual(imported?.inputs["boundClaims"], checked["boundClaims"]);

      await vault("POST", id, { ...role, token_policies: ["one", "evil"] });
      const drifted = await client.read(type, id, outputs, checked);
      deepStrictEqual((await client.diff(type, id, drifted?.inputs ?? {}, checked)).diffs, ["tokenPolicies"]);

      const kept = Object.entries(checked).filter(
        ([name]) => name !== "tokenPeriod" && name !== "claimMappings",
      );
      const fewer = Object.fromEntries(kept);
      const change = await client.diff(type, id, checked, { ...fewer, tokenTtl: 60 }, outputs);
      deepStrictEqual(change.diffs, ["claimMappings", "tokenPeriod", "tokenTtl"]);
      await client.update(type, id, outputs, checked, { ...fewer, tokenTtl: 60 });
      const changed = await vault("GET", id);
      deepStrictEqual([changed["token_period"], changed["token_ttl"]], [0, 60]);
      deepStrictEqual(changed["claim_mappings"] ?? {}, {});

      const moved = await client.diff(type, id, checked, { ...checked, roleName: "beta" }, outputs);
      deepStrictEqual(moved.replaces, ["roleName"]);
      await client.delete(type, id, outputs);
      strictEqual(await client.read(type, id, outputs, checked), undefined);
    });

    it("takes the same policies in another order for the same", async () => {
      const reordered = { ...inputs, tokenPolicies: ["two", "one"] };
      strictEqual((await client.diff(type, "x", inputs, reordered)).changed, false);
    });

    it("passes on what Vault has against a role", async () => {
      await rejects(
        client.create(type, { ...inputs, boundAudiences: [], boundClaims: {} }),
        /can't write the JWT role auth\/.*with 400: .*bound/s,
      );
    });
  });

  it("names a token that may not do this", async () => {
    const { client_token: token } = await vault("POST", "auth/token/create", {
      policies: ["default"],
      ttl: "60s",
    });
    const weak = await PluginClient.start(plugin, { token: token as string });
    await rejects(
      weak.create("vault:index/policy:Policy", { name: "x", policy: "" }),
      /Vault at .* refuses the token for PUT .* \(403: .*permission denied\)\. VAULT_TOKEN or the setting vault:token/s,
    );
    weak.close();
  });
});
