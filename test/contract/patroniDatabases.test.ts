import assert from "node:assert/strict";
import { credentialFieldDefaults } from "../../config/defaults";
import { defaultUsernames, newCredentials, secretData } from "../../patroni/credentials";
import { PatroniDatabases, type PatroniDatabasesArgs } from "../../providers/patroniDatabases";
import { ConsulDouble } from "../support/doubles/consulDouble";
import { VaultDouble } from "../support/doubles/vaultDouble";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { freePort } from "../support/freePort";
import { unknownText, type Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";

const roles = { app: { login: false, memberOf: [] }, reporting: { login: true, memberOf: ["app"] } };
const databases = { shop: { owner: "app", extensions: ["hstore"] } };
const path = "postgres/acme";
const password = "seen-by-nobody";

/** What PostgreSQL does is held to the real one by test/integration/databases.test.ts. */
describe("PatroniDatabases over Pulumi's provider server", () => {
  let provider: DynamicProvider;
  let vault: VaultDouble;
  let consul: ConsulDouble;
  let firstLine = 0;

  before(async () => {
    provider = await DynamicProvider.start({ CONSUL_HTTP_TOKEN: "right", VAULT_TOKEN: "right" });
  });
  beforeEach(async () => {
    vault = await VaultDouble.start(path);
    vault.put(
      secretData(
        newCredentials(defaultUsernames, () => password),
        credentialFieldDefaults,
      ),
    );
    consul = await new ConsulDouble().start();
    firstLine = provider.lines.length;
  });
  afterEach(async () => {
    assert.ok(!provider.lines.join("\n").includes(password));
    vault.server.stop();
    await consul.stop();
  });
  after(() => {
    provider.kill();
  });

  async function raw(more: Partial<PatroniDatabasesArgs> = {}): Promise<Wire> {
    const args: PatroniDatabasesArgs = {
      cluster: "acme",
      consulAddress: consul.address,
      dcsPath: "operations/acme",
      vaultAddress: vault.server.address,
      mount: "secret",
      path,
      fields: credentialFieldDefaults,
      databases,
      roles,
      drops: [],
      drift: "correct",
      timeoutSeconds: 1,
      ...more,
    };
    return registeredInputs(() => new PatroniDatabases("acme-databases", args));
  }

  /** The state after a run that made all of it. */
  async function settled(more: Wire = {}): Promise<Wire> {
    const applied = { databases, roles };
    return { ...(await raw()), applied, adopted: [], dropped: [], ready: true, ...more };
  }

  const lines = (): readonly string[] => provider.lines.slice(firstLine);

  /** A leader by Consul's word, of whom nothing listens. */
  async function leaderThatIsGone(): Promise<number> {
    const port = await freePort();
    consul.put("operations/acme/leader", "node1", "a-session");
    consul.put("operations/acme/members/node1", {
      conn_url: `postgres://127.0.0.1:${port}/postgres`,
      api_url: "http://127.0.0.1:1/patroni",
      state: "running",
      role: "primary",
    });
    return port;
  }

  it("asks nobody in a preview, whether there is a cluster or not", async () => {
    const wanted = await raw({ databases: { crm: { owner: "app", extensions: [] } } });
    assert.deepEqual((await provider.check({}, await raw())).failures, []);
    assert.equal((await provider.diff("acme", await settled(), wanted)).changed, true);
    assert.equal((await provider.diff("acme", await settled(), await raw())).changed, false);
    assert.deepEqual([vault.server.heard.length, consul.heard.length], [0, 0]);
  });

  it("leaves what a preview doesn't know yet alone", async () => {
    const unknown = { ...(await raw()), databases: unknownText, roles: unknownText, path: unknownText };
    assert.deepEqual((await provider.check({}, unknown)).failures, []);
    assert.equal((await provider.diff("acme", await settled(), unknown)).changed, true);
    assert.deepEqual(lines(), []);
  });

  it("names every input that can't be used", async () => {
    const wrong = {
      ...(await raw()),
      vaultAddress: "vault",
      drift: "maybe",
      databases: { shop: {} },
      drops: "all",
    };
    assert.deepEqual((await provider.check({}, wrong)).failures.map(({ property }) => property).sort(), [
      "databases.shop.owner",
      "drift",
      "drops",
      "vaultAddress",
    ]);
  });

  it("says in the diff what becomes of what a refresh found, and has an unfinished run go on", async () => {
    const found = await settled({
      databases: {},
      roles: { ...roles, app: { login: false, memberOf: [], attributes: ["SUPERUSER"] } },
    });
    assert.equal((await provider.diff("acme", found, await raw())).changed, true);
    assert.deepEqual(lines(), [
      "acme: role app has SUPERUSER by other hands: SUPERUSER taken away",
      "acme: database shop isn't there by other hands: created",
      "acme: database shop lacks the extension hstore by other hands: extension hstore created",
    ]);
    assert.equal((await provider.diff("acme", await settled({ ready: false }), await raw())).changed, true);
  });

  it("says that there is no leader, and keeps what it was to make for the next run", async () => {
    const error = await failureOf(provider.create(await raw()));
    const { reasons = [], outputs = {}, id } = error.partial ?? {};
    assert.match(
      reasons.join("\n"),
      /^cluster acme: there is no leader that could make databases and roles\n\s+npm run status/,
    );
    assert.deepEqual([id, outputs["ready"], outputs["databases"]], ["acme", false, databases]);
    assert.ok("__provider" in outputs);
  });

  it("waits for a leader that answers, and says at its deadline which one doesn't", async () => {
    const port = await leaderThatIsGone();
    const error = await failureOf(provider.create(await raw()));
    assert.match(
      error.message + (error.partial?.reasons.join("\n") ?? ""),
      new RegExp(`PostgreSQL at 127\\.0\\.0\\.1:${port}: nothing listens at its address`),
    );
    assert.ok(consul.heard.length > 1, "it looked once");
  });

  it("says what is wrong with the secret, without anything of it", async () => {
    await leaderThatIsGone();
    const fields = { ...credentialFieldDefaults, rewindPassword: "not_there" };
    const incomplete = await failureOf(provider.create(await raw({ fields })));
    assert.match(incomplete.partial?.reasons.join("\n") ?? "", /not_there/);
    vault.secrets.clear();
    const gone = await failureOf(provider.create(await raw()));
    assert.match(gone.partial?.reasons.join("\n") ?? "", /secret\/postgres\/acme/);
    assert.ok(!JSON.stringify([gone.partial, incomplete.partial]).includes(password));
  });

  it("keeps what was known where a refresh finds nobody to ask, and says so", async () => {
    const state = await settled();
    assert.deepEqual((await provider.read("acme", state)).outputs["databases"], databases);
    assert.match(
      lines().join("\n"),
      /^\[acme\] databases and roles couldn't be looked at: there is no leader/,
    );
  });

  it("drops nothing when it leaves the stack", async () => {
    await provider.delete("acme", await settled());
    assert.match(lines().join("\n"), /^\[acme\] databases and roles: kept as they are/);
    assert.deepEqual([vault.server.heard.length, consul.heard.length], [0, 0]);
  });
});
