import assert from "node:assert/strict";
import { PatroniCredentials, type PatroniCredentialsArgs } from "../../providers/patroniCredentials";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { volumeCluster } from "../support/examples";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";

const { fields } = volumeCluster.credentials;
const unique = `credtest-${process.pid}`;
const secret = `${unique}/acme`;

interface Answer {
  readonly status: number;
  readonly body: {
    readonly data?: { readonly data?: Record<string, string>; readonly versions?: Record<string, unknown> };
    readonly auth?: { readonly client_token: string };
  };
}

describeWith(
  "PatroniCredentials against a real Vault or OpenBao with KV v2 at secret/",
  ["VAULT_ADDR", "VAULT_TOKEN"],
  () => {
    const address = process.env["VAULT_ADDR"] ?? "";
    let provider: DynamicProvider;

    before(async () => {
      provider = await DynamicProvider.start();
      await vault("POST", `sys/mounts/${unique}-v1`, { type: "kv", options: { version: "1" } });
      await vault("POST", `sys/mounts/${unique}-transit`, { type: "transit" });
    });

    after(async () => {
      provider.kill();
      for (const mount of [`${unique}-v1`, `${unique}-transit`]) await vault("DELETE", `sys/mounts/${mount}`);
      await vault("DELETE", `sys/policies/acl/${unique}`);
    });

    afterEach(async () => {
      await vault("DELETE", `secret/metadata/${secret}`);
    });

    async function vault(method: string, path: string, body?: unknown): Promise<Answer> {
      const response = await fetch(`${address}/v1/${path}`, {
        method,
        headers: { "X-Vault-Token": process.env["VAULT_TOKEN"] ?? "" },
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Answer["body"] };
    }

    async function inputs(changes: Partial<PatroniCredentialsArgs> = {}): Promise<Wire> {
      const args: PatroniCredentialsArgs = {
        cluster: "acme",
        vaultAddress: address,
        mount: "secret",
        path: secret,
        fields,
        whenRemoved: "delete",
        timeoutSeconds: 10,
        ...changes,
      };
      const raw = await registeredInputs(() => new PatroniCredentials(unique, args));
      return (await provider.check({}, raw)).inputs;
    }

    async function failure(work: Promise<unknown>): Promise<string> {
      return (await failureOf(work)).message;
    }

    it("writes once, whoever comes first, keeps what is there, and deletes every version in the end", async () => {
      const resource = await inputs();
      const created = await Promise.all([1, 2, 3, 4].map(() => provider.create(resource)));
      assert.deepEqual(
        created.map(({ outputs }) => [outputs["version"], outputs["ready"]]),
        created.map(() => [1, true]),
      );
      const stored = (await vault("GET", `secret/data/${secret}`)).body.data?.data;
      assert.deepEqual(Object.keys(stored ?? {}).sort(), Object.values(fields).sort());
      const outputs = created[0]?.outputs ?? {};
      for (const [name, value] of Object.entries(stored ?? {}))
        if (name.endsWith("password"))
          assert.ok(!JSON.stringify([created, provider.lines]).includes(value), `${name} is seen`);
      assert.equal((await provider.read("acme", outputs)).outputs["ready"], true);
      assert.equal((await provider.diff("acme", outputs, resource)).changed, false);
      const moved = await inputs({ path: `${secret}-moved` });
      const after = await provider.update("acme", outputs, moved);
      assert.deepEqual((await vault("GET", `secret/data/${secret}-moved`)).body.data?.data, stored);
      await provider.delete("acme", after);
      assert.equal((await vault("GET", `secret/metadata/${secret}-moved`)).status, 404);
    });

    it("sees deleted, destroyed and vanished versions as what they are", async () => {
      const resource = await inputs();
      const { outputs } = await provider.create(resource);
      await vault("DELETE", `secret/data/${secret}`);
      assert.equal((await provider.read("acme", outputs)).outputs["ready"], false);
      assert.match(
        await failure(provider.update("acme", outputs, resource)),
        /\(1\) of the secret .* is deleted/,
      );
      await vault("POST", `secret/undelete/${secret}`, { versions: [1] });
      assert.equal((await provider.update("acme", outputs, resource))["ready"], true);
      await vault("POST", `secret/destroy/${secret}`, { versions: [1] });
      assert.match(await failure(provider.create(resource)), /is destroyed; nothing was written/);
      await vault("DELETE", `secret/metadata/${secret}`);
      assert.match(
        await failure(provider.update("acme", outputs, resource)),
        /is gone, with all its versions/,
      );
      assert.equal((await vault("GET", `secret/metadata/${secret}`)).status, 404);
    });

    it("leaves a partial secret alone", async () => {
      await vault("POST", `secret/data/${secret}`, { data: { superuser_username: "postgres" } });
      assert.match(
        await failure(provider.create(await inputs())),
        /has no superuser_password, no replication_user/,
      );
      assert.deepEqual((await vault("GET", `secret/data/${secret}`)).body.data?.data, {
        superuser_username: "postgres",
      });
    });

    it("refuses mounts that are of version 1, of another type, or not there", async () => {
      const create = async (mount: string) => failure(provider.create(await inputs({ mount })));
      assert.match(await create(`${unique}-v1`), /is version 1; credentials need version 2/);
      assert.equal((await vault("GET", `${unique}-v1/data/${secret}`)).status, 404);
      assert.match(await create(`${unique}-transit`), /is of type transit/);
      assert.match(await create(`${unique}-none`), /has no secrets engine at credtest-\d+-none\//);
    });

    it("does with the rights that it asks for, and names them when they are missing", async () => {
      const rights = [
        `path "secret/data/${secret}" { capabilities = ["create", "read", "update"] }`,
        `path "secret/metadata/${secret}" { capabilities = ["delete"] }`,
      ];
      await vault("PUT", `sys/policies/acl/${unique}`, { policy: rights.join("\n") });
      const token = async (policies: readonly string[]) =>
        (await vault("POST", "auth/token/create", { policies, no_default_policy: true, ttl: "5m" })).body.auth
          ?.client_token ?? "";
      const allowed = await DynamicProvider.start({ VAULT_TOKEN: await token([unique]) });
      try {
        const { outputs } = await allowed.create(await inputs());
        assert.equal(outputs["ready"], true);
        await allowed.delete("acme", outputs);
      } finally {
        allowed.kill();
      }
      const denied = await DynamicProvider.start({ VAULT_TOKEN: await token(["default"]) });
      try {
        const message = await failure(denied.create(await inputs()));
        for (const right of rights) assert.ok(message.includes(right), message);
        assert.match(message, /the token in VAULT_TOKEN doesn't allow it or is not valid/);
      } finally {
        denied.kill();
      }
    });
  },
);
