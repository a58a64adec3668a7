import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PatroniCluster } from "../../../components/patroniCluster";
import { PatroniImage } from "../../../components/patroniImage";
import type { Cluster, Platform } from "../../../config/model";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../../support/examples";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a cluster registers with the engine, under mocks. */
async function registered(
  cluster: Cluster,
  consul: Partial<Platform["consul"]> = {},
): Promise<readonly Registered[]> {
  const platform = { ...examplePlatform, consul: { ...examplePlatform.consul, ...consul } };
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      resources.push({ type, name, inputs: inputs as Record<string, unknown> });
      return { id: name, state: { ...(inputs as object), version: 0, modifyIndex: "1" } };
    },
    call: () => ({}),
  });
  const image = new PatroniImage("postgres-17", { postgresVersion: 17, image: examplePlatform.image });
  const made = new PatroniCluster(cluster.name, { cluster, platform, image });
  await new Promise((resolve) => pulumi.all([made.leader, made.databases, made.urn]).apply(resolve));
  return resources;
}

function inputsOf(resources: readonly Registered[], type: string): Readonly<Record<string, unknown>> {
  const found = resources.find((resource) => resource.type === type);
  assert.ok(
    found,
    `no resource of type ${type} among ${resources.map((resource) => resource.type).join(", ")}`,
  );
  return found.inputs;
}

describe("a cluster's resources", () => {
  it("are an image a platform, and one of each kind, named after the cluster", async () => {
    const resources = await registered(volumeCluster);
    assert.deepEqual(resources.map(({ type, name }) => `${type} ${name}`).sort(), [
      "consul:index/aclBindingRule:AclBindingRule acme-consul-binding",
      "consul:index/aclBindingRule:AclBindingRule acme-services-binding",
      "consul:index/aclPolicy:AclPolicy acme-consul-policy",
      "consul:index/aclPolicy:AclPolicy acme-services-policy",
      "consul:index/aclRole:AclRole acme-consul-role",
      "consul:index/aclRole:AclRole acme-services-role",
      "consul:index/node:Node acme-node",
      "docker:index/image:Image postgres-17-amd64",
      "docker:index/image:Image postgres-17-arm64",
      "nomad:index/job:Job acme-job",
      "patroni:index:PatroniCluster acme",
      "patroni:index:PatroniImage postgres-17",
      "patroni:index:TenantAccess acme",
      "pulumi-nodejs:dynamic/patroni:Config acme-config",
      "pulumi-nodejs:dynamic/patroni:Credentials acme-credentials",
      "pulumi-nodejs:dynamic/patroni:JobRegistration acme-registration",
      "pulumi-nodejs:dynamic/patroni:Leader acme-leader",
      "pulumi-nodejs:dynamic/patroni:Storage acme-storage",
      "vault:index/policy:Policy acme-policy",
      "vault:jwt/authBackendRole:AuthBackendRole acme-role",
    ]);
  });

  it("tie the right to read the secret to the cluster's job", async () => {
    const resources = await registered(volumeCluster);
    const { policy } = inputsOf(resources, "vault:index/policy:Policy");
    assert.equal(policy, 'path "secret/data/postgres/acme" {\n  capabilities = ["read"]\n}\n');
    const role = inputsOf(resources, "vault:jwt/authBackendRole:AuthBackendRole");
    assert.deepEqual(role["boundClaims"], {
      nomad_namespace: "default",
      nomad_job_id: "postgres-acme",
      nomad_task: "patroni",
    });
    assert.deepEqual(role["tokenPolicies"], ["postgres-acme"]);
  });

  it("let the cluster's job alone write its keys on Consul, and Nomad register its services", async () => {
    const resources = await registered(volumeCluster);
    const inputs = (name: string) => resources.find((one) => one.name === name)?.inputs;
    assert.match(
      String(inputs("acme-consul-policy")?.["rules"]),
      /^key_prefix "operations\/acme\/" \{\n {2}policy = "write"\n\}\n\nsession "postgres-acme" \{\n {2}policy = "write"\n\}\n\nnode_prefix "" \{\n {2}policy = "read"\n\}\n$/,
    );
    assert.deepEqual(
      [...String(inputs("acme-services-policy")?.["rules"]).matchAll(/^(\S+) "(.*)"/gm)].map(
        ([, kind, name]) => [kind, name],
      ),
      [
        ["service", "patroni-api-acme"],
        ["service", "postgres-acme"],
        ["service", "postgres-acme-primary"],
        ["service", "postgres-acme-replica"],
      ],
    );
    const job = 'value.nomad_namespace == "default" and value.nomad_job_id == "postgres-acme"';
    assert.deepEqual(inputs("acme-consul-binding"), {
      authMethod: "nomad-tasks",
      bindType: "role",
      bindName: "postgres-acme",
      description: "Patroni of acme",
      selector: `${job} and value.nomad_task == "patroni" and "nomad_service" not in value`,
    });
    assert.deepEqual(inputs("acme-services-binding"), {
      authMethod: "nomad-workloads",
      bindType: "role",
      bindName: "postgres-acme-services",
      description: "Services of acme",
      selector: `${job} and "nomad_service" in value`,
    });
  });

  it("ask nothing of a Consul without ACLs", async () => {
    const resources = await registered(volumeCluster, { acl: undefined });
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("consul:")),
      [],
    );
    assert.doesNotMatch(
      String(inputsOf(resources, "nomad:index/job:Job")["jobspec"]),
      /auth_method|consul_member/,
    );
  });

  it("make no credentials where the operator named a secret, and only give the right to read it", async () => {
    const resources = await registered(ephemeralCluster);
    assert.equal(
      resources.some(({ type }) => type.endsWith("patroni:Credentials")),
      false,
    );
    assert.match(
      String(inputsOf(resources, "vault:index/policy:Policy")["policy"]),
      /"kv\/data\/teams\/beta\/database"/,
    );
  });

  it("give the job an image by the tag that is built, whole before anything is deployed", async () => {
    const resources = await registered(volumeCluster);
    const { jobspec, json, detach } = inputsOf(resources, "nomad:index/job:Job");
    assert.equal(json, true);
    assert.equal(detach, true);
    const image = /"image": "(.*)-\$\{attr\.cpu\.arch\}"/.exec(String(jobspec))?.[1];
    const built = resources
      .filter(({ type }) => type === "docker:index/image:Image")
      .map(({ inputs }) => inputs["imageName"]);
    assert.deepEqual(built.sort(), [`${image}-amd64`, `${image}-arm64`]);
  });

  it("declare databases and roles where there are some, or something is to be dropped, after the wait", async () => {
    const type = "pulumi-nodejs:dynamic/patroni:Databases";
    const roles = { shop_owner: { login: false, memberOf: [] } };
    const databases = { shop: { owner: "shop_owner", extensions: ["hstore"] } };
    const declaring = await registered({ ...volumeCluster, roles, databases });
    const { cluster, drift, drops, ...inputs } = inputsOf(declaring, type);
    assert.deepEqual(
      [cluster, drift, drops, inputs["databases"], inputs["roles"]],
      ["acme", "correct", [], databases, roles],
    );
    const order = declaring.map(({ name }) => name);
    assert.ok(order.indexOf("acme-databases") > order.indexOf("acme-leader"), order.join(", "));
    const dropping = await registered({ ...volumeCluster, drops: [{ kind: "role", name: "app" }] });
    assert.deepEqual(inputsOf(dropping, type)["drops"], [{ kind: "role", name: "app" }]);
  });

  it("delete throw-away data's keys with it, and keep volumes unless told otherwise", async () => {
    const storage = "pulumi-nodejs:dynamic/patroni:Storage";
    assert.equal(inputsOf(await registered(volumeCluster), storage)["whenRemoved"], "keep");
    assert.equal(inputsOf(await registered(ephemeralCluster), storage)["whenRemoved"], "delete");
  });
});
