import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PatroniCredentials } from "../../providers/patroniCredentials";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { volumeCluster } from "../support/examples";
import { unknownText, type Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import { VaultDouble } from "../support/doubles/vaultDouble";

const { fields } = volumeCluster.credentials;
const place = "postgres/acme";
const hidden = (name: string): [string, string] => [name, `hidden-${name}`];
const complete = Object.fromEntries(Object.values(fields).map(hidden));

describe("PatroniCredentials over Pulumi's provider server, with a double of Vault", () => {
  let vault: VaultDouble;
  let provider: DynamicProvider;
  let inputs: Wire;

  before(async () => {
    provider = await DynamicProvider.start({ VAULT_TOKEN: "right" });
  });

  after(() => {
    provider.kill();
  });

  beforeEach(async () => {
    vault = await VaultDouble.start(place);
    inputs = await resolved({});
  });

  afterEach(() => {
    vault.server.stop();
  });

  async function resolved(changes: Wire): Promise<Wire> {
    const args = {
      cluster: "acme",
      vaultAddress: vault.server.address,
      mount: "secret",
      path: place,
      fields,
      whenRemoved: "keep" as const,
      timeoutSeconds: 5,
    };
    const raw = await registeredInputs(
      () => new PatroniCredentials("acme-credentials", { ...args, ...changes }),
    );
    return (await provider.check({}, raw)).inputs;
  }

  /** What a call came to, and the lines that it printed. */
  async function linesOf<T>(work: () => Promise<T>): Promise<{ result: T; lines: readonly string[] }> {
    const before = provider.lines.length;
    const result = await work();
    return { result, lines: provider.lines.slice(before) };
  }

  /** Fails if anything that the operator or the state gets to see holds a value of the secret. */
  function assertNoSecret(...seen: unknown[]): void {
    const text = JSON.stringify([seen, provider.lines]);
    for (const version of [...vault.secrets.values()].flat())
      for (const [name, value] of Object.entries(version.data))
        if (!name.endsWith("username") || String(value).startsWith("hidden"))
          assert.ok(!text.includes(String(value)), `${name} is seen`);
  }

  it("writes three passwords where there is no secret, and shows none of them", async () => {
    const { result, lines } = await linesOf(() => provider.create(inputs));
    const data = vault.latest();
    assert.ok(data);
    assert.deepEqual(Object.keys(data), Object.values(fields));
    assert.equal(data["superuser_username"], "postgres");
    assert.equal(new Set(Object.values(data)).size, 6);
    assert.equal(result.id, "acme");
    assert.equal(result.outputs["version"], 1);
    assert.equal(result.outputs["ready"], true);
    assert.deepEqual(lines, ["[acme] credentials: six fields written to secret/postgres/acme (version 1)"]);
    assertNoSecret(inputs, result);
  });

  it("keeps a secret that is complete", async () => {
    vault.put(complete);
    const { result, lines } = await linesOf(() => provider.create(inputs));
    assert.deepEqual(vault.secrets.get(place)?.length, 1);
    assert.equal(result.outputs["ready"], true);
    assert.deepEqual(lines, [
      "[acme] credentials: secret/postgres/acme is complete (version 1) and kept as it is",
    ]);
    assertNoSecret(result);
  });

  it("uses the passwords of a run that came first", async () => {
    vault.beforeWrite = () => {
      vault.put(complete);
    };
    const { result, lines } = await linesOf(() => provider.create(inputs));
    assert.deepEqual(vault.latest(), complete);
    assert.equal(vault.secrets.get(place)?.length, 1);
    assert.equal(result.outputs["ready"], true);
    assert.match(lines.join("\n"), /another run wrote secret\/postgres\/acme first/);
  });

  it("writes once when two runs create it at the same moment", async () => {
    const both = await Promise.all([provider.create(inputs), provider.create(inputs)]);
    assert.equal(vault.secrets.get(place)?.length, 1);
    for (const { outputs } of both) assert.equal(outputs["version"], 1);
  });

  it("names what a partial secret lacks and overwrites nothing", async () => {
    vault.put({ superuser_username: "hidden-user", note: "hidden-note" });
    const error = await failureOf(provider.create(inputs));
    assert.match(
      error.message,
      /the secret secret\/postgres\/acme has no superuser_password, no replication_/,
    );
    assert.match(error.message, /vault kv patch -mount=secret postgres\/acme superuser_password=-/);
    assert.match(error.message, /vault kv metadata delete -mount=secret postgres\/acme/);
    assert.equal(vault.secrets.get(place)?.length, 1);
    assertNoSecret(error.message, error.partial);
  });

  it("says how to put back a deleted or destroyed version, and writes nothing", async () => {
    vault.put(complete);
    const [version] = vault.secrets.get(place) ?? [];
    assert.ok(version);
    version.deleted = true;
    const deleted = await failureOf(provider.create(inputs));
    assert.match(deleted.message, /the latest version \(1\) of the secret secret\/postgres\/acme is deleted/);
    assert.match(deleted.message, /vault kv undelete -mount=secret -versions=1 postgres\/acme/);
    version.destroyed = true;
    const destroyed = await failureOf(provider.create(inputs));
    assert.match(destroyed.message, /is destroyed; nothing was written/);
    assert.match(destroyed.message, /vault kv rollback -mount=secret/);
    assert.equal(vault.secrets.get(place)?.length, 1);
  });

  it("keeps a failed create in the state and takes it up again", async () => {
    vault.sealed = true;
    const error = await failureOf(provider.create(inputs));
    assert.match(error.message, /cluster acme: Vault at http:\S+ is sealed\n/);
    assert.match(error.message, /vault operator unseal/);
    const partial = error.partial;
    assert.ok(partial);
    assert.deepEqual(partial.reasons, [error.message]);
    assert.equal(partial.outputs["ready"], false);
    assert.equal(partial.outputs["version"], 0);
    assert.equal(partial.outputs["__provider"], inputs["__provider"]);
    vault.sealed = false;
    assert.ok((await provider.diff("acme", partial.outputs, inputs)).changed);
    const outputs = await provider.update("acme", partial.outputs, inputs);
    assert.equal(outputs["ready"], true);
    assert.ok(vault.latest());
  });

  it("never replaces a secret that was there at the last run", async () => {
    const { outputs } = await provider.create(inputs);
    vault.secrets.clear();
    const refreshed = await provider.read("acme", outputs);
    assert.equal(refreshed.outputs["ready"], false);
    assert.equal(refreshed.outputs["version"], 1);
    assert.ok((await provider.diff("acme", refreshed.outputs, inputs)).changed);
    const error = await failureOf(provider.update("acme", refreshed.outputs, inputs));
    assert.match(error.message, /if the data is gone as well, write any six values there/);
    assert.match(error.message, /was there at the last run and is gone, with all its versions/);
    assert.equal(vault.secrets.size, 0);
    assert.equal(error.partial?.outputs["version"], 1);
    vault.put(complete);
    const [version] = vault.secrets.get(place) ?? [];
    assert.ok(version);
    version.deleted = true;
    const deleted = await failureOf(provider.update("acme", outputs, inputs));
    assert.match(deleted.message, /write any six values there:\n +vault kv put -mount=secret postgres\/acme/);
    assert.doesNotMatch(deleted.message, /metadata delete/);
    vault.put(complete);
    assert.equal((await provider.update("acme", outputs, inputs))["version"], 2);
  });

  it("shows no change when nothing has changed", async () => {
    const { outputs } = await provider.create(inputs);
    const diff = await provider.diff("acme", outputs, inputs);
    assert.equal(diff.changed, false);
    const refreshed = await provider.read("acme", outputs);
    assert.deepEqual(refreshed.outputs, outputs);
    assert.deepEqual(refreshed.inputs, inputs);
  });

  it("takes the values along to another path and to other field names", async () => {
    vault.server.play(vault.script([place, "databases/acme"]));
    vault.put({ ...complete, note: "of the operator" });
    const { outputs } = await provider.create(inputs);
    const moved = await resolved({ path: "databases/acme" });
    assert.ok((await provider.diff("acme", outputs, moved)).changed);
    const there = await provider.update("acme", outputs, moved);
    assert.deepEqual(vault.latest("databases/acme"), complete);
    assert.equal(vault.secrets.get(place)?.length, 1);
    const renamed = await resolved({
      path: "databases/acme",
      fields: { ...fields, superuserPassword: "admin_password" },
    });
    await provider.update("acme", there, renamed);
    assert.deepEqual(vault.latest("databases/acme"), {
      ...complete,
      admin_password: complete["superuser_password"],
    });
    assertNoSecret();
  });

  it("doesn't move to another path when the values are no longer to be had", async () => {
    vault.server.play(vault.script([place, "databases/acme"]));
    const { outputs } = await provider.create(inputs);
    vault.secrets.clear();
    const moved = await resolved({ path: "databases/acme" });
    const error = await failureOf(provider.update("acme", outputs, moved));
    assert.match(error.message, /are to move to secret\/databases\/acme .* no longer holds them/);
    assert.equal(vault.secrets.size, 0);
  });

  it("leaves the secret or deletes it, as whenRemoved says", async () => {
    const { outputs } = await provider.create(inputs);
    const kept = await linesOf(() => provider.delete("acme", outputs));
    assert.match(kept.lines.join(), /secret\/postgres\/acme stays in Vault at http/);
    assert.ok(vault.latest());
    const removed = { ...outputs, whenRemoved: "delete" };
    const gone = await linesOf(() => provider.delete("acme", removed));
    assert.match(gone.lines.join(), /secret\/postgres\/acme deleted with all its versions/);
    assert.equal(vault.secrets.size, 0);
    await provider.delete("acme", removed);
  });

  it("lets go of a secret that no run has ever seen without asking Vault, whose address may be the wrong one", async () => {
    vault.server.stop();
    const outputs = { ...inputs, version: 0, ready: false, whenRemoved: "delete" };
    const { lines } = await linesOf(() => provider.delete("acme", outputs));
    assert.match(lines.join(), /no run has ever seen secret\/postgres\/acme, so nothing is deleted/);
  });

  it("names the right that a token lacks, and tells a missing mount from it where it can", async () => {
    vault.denied.add("POST data");
    const write = await failureOf(provider.create(inputs));
    assert.match(write.message, /POST \/v1\/secret\/data\/postgres\/acme\) refused \(403/);
    assert.match(write.message, /the token in VAULT_TOKEN doesn't allow it/);
    assert.match(
      write.message,
      /path "secret\/data\/postgres\/acme" \{ capabilities = \["create", "read", "update"\] \}/,
    );
    assert.doesNotMatch(write.message, /metadata|can't tell/);
    vault.denied.add("GET data").add("GET engine");
    const all = await failureOf(provider.create(await resolved({ whenRemoved: "delete" })));
    assert.match(all.message, /path "secret\/metadata\/postgres\/acme" \{ capabilities = \["delete"\] \}/);
    assert.match(all.message, /there must be a KV version 2 engine at secret\/, which this token can't tell/);
  });

  it("names a mount of another version or type, before it writes there", async () => {
    vault.engine = { type: "kv", options: { version: "1" } };
    const old = await failureOf(provider.create(inputs));
    assert.match(
      old.message,
      /the KV engine at secret\/ of Vault at \S+ is version 1; credentials need version 2/,
    );
    assert.match(old.message, /vault kv enable-versioning secret/);
    vault.engine = { type: "transit", options: {} };
    assert.match(
      (await failureOf(provider.create(inputs))).message,
      /the engine at secret\/ of Vault at \S+ is of type transit/,
    );
    vault.denied.add("GET engine");
    assert.match(
      (await failureOf(provider.create(inputs))).message,
      /Vault at \S+ has no secrets engine at secret\//,
    );
    assert.equal(vault.secrets.size, 0);
  });

  it("says where it looked for Vault when nobody answers, or something else does", async () => {
    vault.server.stop();
    const error = await failureOf(provider.create(inputs));
    assert.match(error.message, /Vault at http:\/\/127\.0\.0\.1:\d+ can't be reached \(.*ECONNREFUSED/);
    assert.match(error.message, /vaultAddress in the stack's config right\?\n.* VAULT_ADDR/);
    vault = await VaultDouble.start(place);
    vault.server.play({ [`GET /v1/secret/data/${place}`]: () => ({ body: "<html>hidden</html>" }) });
    const odd = await failureOf(provider.create(await resolved({})));
    assert.match(odd.message, /what answers \(200\) isn't Vault/);
    assert.doesNotMatch(odd.message, /hidden/);
  });

  it("reads the token that `vault login` left when VAULT_TOKEN is empty, at every call", async () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "credtest-home-"));
    const without = await DynamicProvider.start({ VAULT_TOKEN: "", HOME: home });
    try {
      const none = await failureOf(without.create(inputs));
      assert.match(none.message, /VAULT_TOKEN is not set and ~\/\.vault-token holds no token/);
      fs.writeFileSync(path.join(home, ".vault-token"), "wrong\n");
      const wrong = await failureOf(without.create(inputs));
      assert.match(wrong.message, /the token in ~\/\.vault-token doesn't allow it or is not valid/);
      fs.writeFileSync(path.join(home, ".vault-token"), "right\n");
      assert.equal((await without.create(inputs)).outputs["ready"], true);
    } finally {
      without.kill();
      fs.rmSync(home, { recursive: true });
    }
  });

  it("checks inputs field by field, without the network, and lets unknown ones pass", async () => {
    vault.server.stop();
    const heard = vault.server.heard.length;
    const good = await provider.check({}, inputs);
    assert.deepEqual(good.failures, []);
    assert.deepEqual(good.inputs["usernames"], {
      superuser: "postgres",
      replication: "replicator",
      rewind: "rewind_user",
    });
    const unknown = await provider.check({}, { ...inputs, path: unknownText, fields: unknownText });
    assert.deepEqual(unknown.failures, []);
    const { failures } = await provider.check(
      {},
      {
        ...inputs,
        vaultAddress: "vault:8200",
        path: "/postgres/",
        whenRemoved: "perhaps",
        timeoutSeconds: 0,
        fields: { ...fields, rewindPassword: "superuser_password" },
      },
    );
    assert.deepEqual(
      failures.map(({ property, reason }) => `${property} ${reason}`),
      [
        'vaultAddress must be an address such as http://127.0.0.1:8200, not "vault:8200"',
        'path must be a path without slashes at its ends, such as postgres/acme, not "/postgres/"',
        'whenRemoved must be "keep" or "delete", not "perhaps"',
        "timeoutSeconds must be a number of seconds above 0, not 0",
        'fields.rewindPassword must be a name of its own: "superuser_password" stands for another part already',
      ],
    );
    assert.equal(vault.server.heard.length, heard);
  });

  it("keeps little text in the state, and none of its work", () => {
    const text = String(inputs["__provider"]);
    assert.ok(text.length < 6000, `${text.length} characters`);
    assert.ok(text.includes("./providers/credentials/provider"));
    assert.doesNotMatch(text, /cas|metadata|patch/);
  });
});
