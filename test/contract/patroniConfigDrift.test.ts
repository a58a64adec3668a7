import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { ConfigCalls, oldDocument } from "../support/configCalls";
import { doubleFolder } from "../support/doubles/clusterDouble";
import type { Wire } from "../support/pluginClient";
import { ScriptedServer, type Said } from "../support/scriptedServer";

const password = "hunter2-in-vault";

/** What members say over SQL is told by test/integration/patroniConfigDrift.test.ts; here nobody says anything. */
describe("PatroniConfig where ALTER SYSTEM can't be looked for, with doubles of Consul, Vault and Patroni", () => {
  let calls: ConfigCalls;
  let vault: ScriptedServer;
  let silent: Server;
  const sockets: Socket[] = [];

  before(async () => {
    calls = await ConfigCalls.start({ VAULT_TOKEN: "right" });
    vault = await ScriptedServer.start();
    silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  });

  after(() => {
    calls.stop();
    vault.stop();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  const given: Said = {
    body: { data: { data: { user: "postgres", word: password }, metadata: { version: 1 } } },
  };

  const denied: Said = { status: 403, body: { errors: ["permission denied"] } };

  async function refreshed(known: Wire, secret: Said): Promise<Wire> {
    vault.play({
      "GET /v1/secret/data/postgres/acme": () => secret,
      "GET /v1/sys/internal/ui/mounts/secret": () => denied,
    });
    const inputs = await calls.inputs(oldDocument, {
      vaultAddress: vault.address,
      secretMount: "secret",
      secretPath: "postgres/acme",
      superuserUsernameField: "user",
      superuserPasswordField: "word",
    });
    const applied = JSON.stringify(oldDocument);
    const state = { ...inputs, applied, adopted: {}, modifyIndex: 1, ready: true, ...known };
    return (await calls.provider.read(doubleFolder, state)).outputs;
  }

  it("says so in one line, soon, and keeps what was known of the members", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    const { port } = silent.address() as AddressInfo;
    cluster.member("node1").postgres = `postgres://127.0.0.1:${port}/postgres`;
    cluster.member("node2").postgres = "postgres://127.0.0.1:1/postgres";
    const began = performance.now();
    const known = { alterSystem: { node1: { work_mem: "64MB" }, gone: { work_mem: "1GB" } } };
    const outputs = await refreshed(known, given);
    assert.ok(performance.now() - began < 5_000, `${performance.now() - began} ms`);
    assert.deepEqual(outputs["alterSystem"], { node1: { work_mem: "64MB" } });
    assert.deepEqual(await calls.linesUpTo(/ALTER SYSTEM/), [
      "[acme] ALTER SYSTEM couldn't be looked for: node1: no answer within 2 s; node2: nothing listens at its address; node3: it hasn't said where its PostgreSQL listens",
    ]);
    assert.doesNotMatch(JSON.stringify(outputs) + calls.provider.lines.join("\n"), new RegExp(password));
  });

  it("says what Vault refuses, and asks no member", async () => {
    await calls.begin(["node1"], oldDocument);
    const outputs = await refreshed({}, denied);
    assert.deepEqual([outputs["alterSystem"], outputs["ready"]], [{}, true]);
    const [line, ...others] = await calls.linesUpTo(/ALTER SYSTEM/);
    assert.deepEqual(others, []);
    assert.match(line ?? "", /^\[acme\] ALTER SYSTEM couldn't be looked for: Vault at http\S+ .*403/);
  });

  it("says what the secret lacks", async () => {
    await calls.begin(["node1"], oldDocument);
    await refreshed({}, { body: { data: { data: { user: "postgres" }, metadata: { version: 1 } } } });
    const [line] = await calls.linesUpTo(/ALTER SYSTEM/);
    assert.match(line ?? "", /the secret at secret\/postgres\/acme lacks user or word/);
  });
});
