import assert from "node:assert/strict";
import { accessInputsOf } from "../../providers/access/clusterAccess";
import { AccessRoles, type AccessRolesArgs } from "../../providers/accessRoles";
import { oneTime } from "../support/accessLab";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { examplePlatform, volumeCluster } from "../support/examples";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import { ScriptedServer, type Said, type Script } from "../support/scriptedServer";

const tune = "GET /v1/sys/mounts/database/tune";
const allows = (seconds: number): Said => ({ body: { data: { max_lease_ttl: seconds } } });
const ending = "PUT /v1/sys/leases/revoke-force/database/creds/postgres-acme.readonly";
const cluster = { ...volumeCluster, access: [oneTime("readonly")] };

/** No leader and no node: what may be done with Vault alone. */
const emptyPlatform: Script = {
  "GET /v1/kv/operations/acme/": () => ({ status: 404 }),
  "GET /v1/nodes": () => ({ body: [] }),
};

describe("AccessRoles over Pulumi's provider server, with a scripted Vault, Consul and Nomad", () => {
  let server: ScriptedServer;
  let provider: DynamicProvider;

  before(async () => {
    const tokens = { VAULT_TOKEN: "right", CONSUL_HTTP_TOKEN: "right", NOMAD_TOKEN: "right" };
    provider = await DynamicProvider.start(tokens);
  });
  after(() => {
    provider.kill();
  });
  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(() => {
    server.stop();
  });

  async function inputs(changes: Partial<AccessRolesArgs> = {}): Promise<Wire> {
    const { address } = server;
    const addresses = { vaultAddress: address, consulAddress: address, nomadAddress: address };
    const args = {
      ...accessInputsOf(cluster, examplePlatform, 6432),
      ...addresses,
      timeoutSeconds: 5,
      ...changes,
    };
    const raw = await registeredInputs(() => new AccessRoles("acme-access", args));
    return (await provider.check({}, raw)).inputs;
  }

  const written = (): readonly string[] =>
    server.heard.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);

  for (const [what, answer, message] of [
    [
      "is sealed",
      { status: 503, body: { errors: ["Vault is sealed"] } },
      /sealed[^]*vault status[^]*goes on/,
    ],
    ["refuses the token", { status: 403, body: { errors: ["permission denied"] } }, /operator-vault\.hcl/],
    ["has no such mount", { status: 400, body: { errors: ["no mount"] } }, /no secrets engine at database\//],
    [
      "lets logins live for a minute",
      allows(60),
      /longer than 60 s: access\.roles\.readonly has a ttl of 600 s/,
    ],
    ["is ready and the cluster has no leader", allows(1e7), /there is no leader[^]*npm run status/],
  ] as const)
    it(`writes nothing and keeps the resource where Vault ${what}`, async () => {
      server.play({ ...emptyPlatform, [tune]: () => answer });
      const error = await failureOf(provider.create(await inputs()));
      assert.match(error.message, message);
      assert.ok(!error.message.includes("at Object."), "a stack trace");
      assert.deepEqual(written(), []);
      assert.equal(error.partial?.outputs["ready"], false);
    });

  it("names inputs that can't be used, without any request", async () => {
    const wrong = { ...(await inputs()), postgresPort: 0, roles: [], vaultAddress: "vault" };
    const { failures } = await provider.check({}, wrong);
    assert.deepEqual(failures.map(({ property }) => property).sort(), [
      "postgresPort",
      "roles",
      "vaultAddress",
    ]);
    assert.deepEqual(server.heard, []);
  });

  it("differs by an input, or by what wasn't there, and not otherwise", async () => {
    const wanted = await inputs();
    const state = { ...wanted, hosts: [], ready: true };
    assert.equal((await provider.diff("acme", state, wanted)).changed, false);
    assert.equal((await provider.diff("acme", { ...state, ready: false }, wanted)).changed, true);
    assert.equal((await provider.diff("acme", state, await inputs({ postgresPort: 6433 }))).changed, true);
  });

  it("has Vault forget the logins where there is no leader that could drop them", async () => {
    const done = (): Said => ({ status: 204 });
    server.play({
      ...emptyPlatform,
      [ending]: done,
      "DELETE /v1/database/roles/postgres-acme.readonly": done,
      "DELETE /v1/database/config/postgres-acme.shop": done,
    });
    await provider.delete("acme", { ...(await inputs()), hosts: [], ready: true });
    assert.deepEqual(written(), [
      ending,
      "DELETE /v1/database/roles/postgres-acme.readonly",
      "DELETE /v1/database/config/postgres-acme.shop",
    ]);
  });
});
