import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { vaultClient } from "../../../lab/plugins/vault/client";
import { plugin } from "../../../lab/plugins/vault/plugin";
import { PluginClient, secret, unknownText } from "../../support/pluginClient";
import { ScriptedServer } from "../../support/scriptedServer";

const policyType = "vault:index/policy:Policy";
const roleType = "vault:jwt/authBackendRole:AuthBackendRole";

describe("the vault stand-in", () => {
  let vault: ScriptedServer;
  let client: PluginClient;
  before(async () => {
    vault = await ScriptedServer.start();
    client = await PluginClient.start(plugin, { address: vault.address, token: "t0ken" });
  });
  after(() => {
    client.close();
    vault.stop();
  });

  it("contacts nobody in a preview, and foretells what the program says", async () => {
    vault.play({});
    const policy = await client.create(policyType, { name: "a", policy: secret(unknownText) }, true);
    deepStrictEqual(policy.outputs, { name: "a", policy: secret(unknownText) });
    const role = await client.create(roleType, { backend: "jwt", roleName: "a", userClaim: "sub" }, true);
    deepStrictEqual([role.outputs["roleName"], role.outputs["roleType"]], ["a", unknownText]);
    strictEqual(vault.heard.length, 0);
  });

  it("refuses namespaces and metadata of aliases, and says what to do instead", async () => {
    const role = { roleName: "a", userClaim: "sub", namespace: "team", aliasMetadata: { a: "1" } };
    const { failures } = await client.check(roleType, role);
    deepStrictEqual(failures, [
      '"aliasMetadata" is not carried out by this stand-in: neither Vault before 1.21 nor OpenBao knows it; leave it out',
      '"namespace" is not carried out by this stand-in: namespaces are a feature of Vault Enterprise; leave it out, or install the real plugin',
    ]);
    const settings = await client.checkConfig({
      address: "http://a",
      authLoginJwt: "{}",
      skipChildToken: "true",
    });
    deepStrictEqual(settings, [
      '"vault:authLoginJwt" is not carried out by this stand-in: give it a token in VAULT_TOKEN or vault:token',
    ]);
  });

  it("keeps a secret that Vault echoes out of the message", async () => {
    vault.play({
      "PUT /v1/sys/policies/acl/a": ({ body }) => ({
        status: 400,
        body: { errors: [`can't parse ${(body as { policy: string }).policy}`] },
      }),
    });
    await rejects(client.create(policyType, { name: "a", policy: secret("# hunter2") }), (error: Error) => {
      match(error.message, /can't parse \[secret\]/);
      strictEqual(error.message.includes("hunter2"), false);
      return true;
    });
  });

  it("names a Vault that is sealed, and one that isn't there", async () => {
    vault.play({
      "PUT /v1/sys/policies/acl/a": () => ({ status: 503, body: { errors: ["Vault is sealed"] } }),
    });
    await rejects(client.create(policyType, { name: "a", policy: "" }), /with 503: Vault is sealed/);
    const lost = await PluginClient.start(plugin, { address: "http://127.0.0.1:9", token: "x" });
    await rejects(
      lost.create(policyType, { name: "a", policy: "" }),
      /Vault at http:\/\/127\.0\.0\.1:9 does not answer \(connection refused\): is it running\? VAULT_ADDR or the/,
    );
    lost.close();
  });

  it("takes address and token from the environment, and misses a token aloud", async () => {
    vault.play({ "GET /v1/sys/policies/acl/a": () => ({ body: { data: { policy: "p" } } }) });
    const operation = {
      urn: "u",
      name: "n",
      progress: { warn: () => Promise.resolve(), status: () => Promise.resolve() },
      signal: new AbortController().signal,
      timeoutSeconds: undefined,
    };
    const request = { path: "sys/policies/acl/a", purpose: "read it", operation };
    const fromEnv = vaultClient({}, { VAULT_ADDR: vault.address, VAULT_TOKEN: "env-token" });
    deepStrictEqual(await fromEnv.read(request), { policy: "p" });
    strictEqual(vault.heard[0]?.headers["x-vault-token"], "env-token");
    const home = process.env["HOME"];
    process.env["HOME"] = "/nonexistent";
    try {
      await rejects(
        vaultClient({}, { VAULT_ADDR: vault.address }).read(request),
        /there is no token for Vault at/,
      );
    } finally {
      process.env["HOME"] = home;
    }
  });
});
