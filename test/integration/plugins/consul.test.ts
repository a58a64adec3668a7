import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { plugin } from "../../../lab/plugins/consul/plugin";
import { describeWith } from "../../support/needs";
import { PluginClient } from "../../support/pluginClient";
import type { Wire } from "../../support/pluginClient";

const suffix = randomBytes(4).toString("hex");
const authMethod = `standin-${suffix}`;

async function consul(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${process.env["CONSUL_HTTP_ADDR"] ?? ""}/v1/acl/${path}`, {
    method,
    headers: { "x-consul-token": process.env["CONSUL_HTTP_TOKEN"] ?? "" },
    signal: AbortSignal.timeout(5000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

describeWith(
  "the consul stand-in against a real Consul with ACLs",
  ["CONSUL_HTTP_ADDR", "CONSUL_HTTP_TOKEN", "NOMAD_ADDR"],
  () => {
    let client: PluginClient;
    before(async () => {
      client = await PluginClient.start(plugin);
      const JWKSURL = `${process.env["NOMAD_ADDR"] ?? ""}/.well-known/jwks.json`;
      const Config = { JWKSURL, BoundAudiences: ["a"], JWTSupportedAlgs: ["RS256"] };
      const ClaimMappings = { job: "job" };
      const method = { Name: authMethod, Type: "jwt", Config: { ...Config, ClaimMappings } };
      await consul("PUT", "auth-method", method);
    });
    after(async () => {
      client.close();
      await consul("DELETE", `auth-method/${authMethod}`);
    });

    async function make(type: string, wanted: Wire): Promise<{ id: string; outputs: Wire; inputs: Wire }> {
      const { inputs, failures } = await client.check(type, wanted);
      deepStrictEqual(failures, []);
      return { ...(await client.create(type, inputs)), inputs };
    }

    const policyType = "consul:index/aclPolicy:AclPolicy";
    const roleType = "consul:index/aclRole:AclRole";
    const ruleType = "consul:index/aclBindingRule:AclBindingRule";
    const name = `standin-${suffix}`;
    const rules = 'key_prefix "a/" { policy = "read" }';

    it("writes a policy, sees drift, mends it, deletes", async () => {
      const { id, outputs, inputs } = await make(policyType, { name, rules, description: "a test's" });
      deepStrictEqual(outputs, { name, rules, description: "a test's" });
      deepStrictEqual(await client.read(policyType, id, outputs, inputs), { outputs, inputs: outputs });

      await consul("PUT", `policy/${id}`, { ID: id, Name: name, Rules: 'acl = "write"' });
      const drifted = await client.read(policyType, id, outputs, inputs);
      deepStrictEqual(drifted?.inputs, { name, rules: 'acl = "write"' });
      strictEqual((await client.diff(policyType, id, drifted.inputs, inputs)).changed, true);
      await client.update(policyType, id, drifted.outputs, drifted.inputs, inputs);
      deepStrictEqual((await client.read(policyType, id, outputs, inputs))?.outputs, outputs);

      await client.delete(policyType, id, outputs);
      strictEqual(await client.read(policyType, id, outputs, inputs), undefined);
      await client.delete(policyType, id, outputs);
    });

    it("binds a login to a role, and a role to policies in whatever order", async () => {
      const policies = await Promise.all(
        ["a", "b"].map((tail) => make(policyType, { name: `${name}-${tail}`, rules })),
      );
      const ids = policies.map(({ id }) => id);
      const role = await make(roleType, { name, policies: ids });
      deepStrictEqual(role.outputs, { name, policies: ids });
      const reversed = { name, policies: [...ids].reverse() };
      strictEqual((await client.diff(roleType, role.id, role.inputs, reversed)).changed, false);

      const selector = 'value.job == "acme"';
      const rule = await make(ruleType, { authMethod, bindType: "role", bindName: name, selector });
      deepStrictEqual(rule.outputs, { authMethod, bindType: "role", bindName: name, selector });
      const changed = { ...rule.inputs, selector: 'value.job == "beta"' };
      const updated = await client.update(ruleType, rule.id, rule.outputs, rule.inputs, changed);
      deepStrictEqual(updated.outputs, { ...rule.outputs, selector: 'value.job == "beta"' });
      deepStrictEqual(
        (await client.diff(ruleType, rule.id, changed, { ...changed, authMethod: "other" })).replaces,
        ["authMethod"],
      );

      await client.delete(ruleType, rule.id, updated.outputs);
      await client.delete(roleType, role.id, role.outputs);
      for (const policy of policies) await client.delete(policyType, policy.id, policy.outputs);
    });

    it("registers a node, sees drift, mends it, takes it away", async () => {
      const nodeType = "consul:index/node:Node";
      const meta = { "external-node": "true" };
      const { id, outputs, inputs } = await make(nodeType, { name, address: "127.0.0.1", meta });
      deepStrictEqual(
        [id, outputs],
        [`${name}-127.0.0.1`, { name, address: "127.0.0.1", meta, datacenter: "dc1" }],
      );
      deepStrictEqual((await client.read(nodeType, id, outputs, inputs))?.outputs, outputs);
      const moved = { ...inputs, meta: { "external-node": "false" } };
      const updated = await client.update(nodeType, id, outputs, inputs, moved);
      const drifted = await client.read(nodeType, id, updated.outputs, inputs);
      deepStrictEqual(drifted?.inputs["meta"], { "external-node": "false" });
      strictEqual((await client.diff(nodeType, id, drifted.inputs, inputs)).changed, true);
      await client.delete(nodeType, id, outputs);
      strictEqual(await client.read(nodeType, id, outputs, inputs), undefined);
      await client.delete(nodeType, id, outputs);
    });

    it("passes on what Consul has against a policy and a rule", async () => {
      await rejects(make(policyType, { name, rules: "nonsense {" }), /can't create the ACL policy "standin-/);
      await rejects(
        make(ruleType, { authMethod, bindType: "role", bindName: name, selector: "value.nobody ==" }),
        /can't create the ACL binding rule "standin-[^]*Selector is invalid/,
      );
      await rejects(
        make(ruleType, { authMethod: "nobody", bindType: "role", bindName: name }),
        /cannot find auth method with name "nobody"/,
      );
    });

    it("names a token that may not do this", async () => {
      const stranger = await PluginClient.start(plugin, { token: "00000000-0000-0000-0000-000000000000" });
      try {
        const { inputs } = await stranger.check(policyType, { name, rules });
        await rejects(stranger.create(policyType, inputs), (error: Error) => {
          match(error.message, /Consul at .* refuses the token for PUT .*403/s);
          match(error.message, /CONSUL_HTTP_TOKEN or the setting consul:token/);
          return true;
        });
      } finally {
        stranger.close();
      }
    });
  },
);
