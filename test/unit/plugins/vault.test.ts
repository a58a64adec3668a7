import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { vaultClient } from "../../../lab/plugins/vault/client";
import { plugin } from "../../../lab/plugins/vault/plugin";
import { PluginClient, secret, unknownText } from "../../support/pluginClient";
import { ScriptedServer } from "../../support/scriptedServer";

const secretType = "vault:kv/secretV2:SecretV2";
const policyType = "vault:index/policy:Policy";

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

  it("contacts nobody in a preview, and foretells the path", async () => {
    vault.play({});
    const { outputs } = await client.create(
      secretType,
      { mount: "kv", name: "a", dataJson: secret(unknownText) },
      true,
    );
    deepStrictEqual([outputs["path"], outputs["metadata"]], ["kv/data/a", unknownText]);
    deepStrictEqual([outputs["dataJson"], outputs["data"]], [secret(unknownText), secret(unknownText)]);
    strictEqual(vault.heard.length, 0);
  });

  it("refuses namespaces and write-only data, and says what to do instead", async () => {
    const { failures } = await client.check(secretType, { mount: "kv", namespace: "team", dataJsonWo: "{}" });
    match(failures.join("\n"), /"namespace" is not carried out by this stand-in: .*Vault Enterprise/);
    match(failures.join("\n"), /"dataJsonWo" is not carried out by this stand-in: write dataJson/);
    const settings = await client.checkConfig({
      address: "http://a",
      authLoginJwt: "{}",
      skipChildToken: "true",
    });
    deepStrictEqual(settings, [
      '"vault:authLoginJwt" is not carried out by this stand-in: give it a token in VAULT_TOKEN or vault:token',
    ]);
  });

  it("demands a JSON object", async () => {
    const missing = await client.check(secretType, { mount: "kv", name: "a" });
    match(missing.failures.join(), /"dataJson" is missing/);
    const list = await client.check(secretType, { mount: "kv", name: "a", dataJson: "[1]" });
    match(list.failures.join(), /"dataJson" must be a JSON object as text/);
  });

  it("keeps a secret that Vault echoes out of the message", async () => {
    vault.play({
      "PUT /v1/kv/data/a": ({ body }) => ({
        status: 400,
        body: { errors: [`can't store ${JSON.stringify(body)}`] },
      }),
    });
    const inputs = { mount: "kv", name: "a", dataJson: secret('{"password":"hunter2"}') };
    await rejects(client.create(secretType, inputs), (error: Error) => {
      match(error.message, /can't store .*\[secret\]/);
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
