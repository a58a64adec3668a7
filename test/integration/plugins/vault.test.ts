import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
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

describeWith("the vault stand-in against a real OpenBao", ["VAULT_ADDR", "VAULT_TOKEN"], () => {
  const backend = `jwt-${suffix}`;
  let client: PluginClient;
  before(async () => {
    await vault("POST", `sys/auth/${backend}`, { type: "jwt" });
    client = await PluginClient.start(plugin);
  });
  after(async () => {
    client.close();
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

    it("keeps a secret one secret, and out of what is wrong with it", async () => {
      const { outputs } = await client.create(type, { name, policy: secret(read) });
      deepStrictEqual(outputs, { name, policy: secret(read) });
      const found = await client.read(type, name, outputs, outputs);
      deepStrictEqual(found, { outputs, inputs: outputs });
      await client.delete(type, name, outputs);
      await rejects(client.create(type, { name, policy: secret("path { # hunter2") }), (error: Error) => {
        match(error.message, /can't write the policy "standin-.*with 400: /s);
        strictEqual(error.message.includes("hunter2"), false);
        return true;
      });
    });

    it("passes on what is wrong with a policy", async () => {
      await rejects(
        client.create(type, { name, policy: "path {" }),
        /can't write the policy "standin-.*: Vault at .* answered PUT .* with 400: .*/s,
      );
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

    it("names a backend that isn't there", async () => {
      await rejects(
        client.create(type, { ...inputs, backend: "nowhere" }),
        /can't write the JWT role auth\/nowhere\/role\/acme: Vault at .* with 404/s,
      );
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
