import assert from "node:assert/strict";
import { serviceAuthMethod } from "../../lab/platform/consulAcl";
import type { jobspec } from "../../patroni/jobspec";
import { clusterNames } from "../../patroni/names";
import { elements, fields } from "../../patroni/observed/json";
import { environment, operatorTokens } from "../support/labSecrets";
import { describeWith } from "../support/needs";
import { ensureClusterImage, labCluster, nomad, RealCluster, realClusterNeeds } from "../support/realCluster";
import {
  allocationsOf,
  ask,
  asTenant,
  leaderSession,
  logIn,
  memberIdentity,
  memberToken,
  untilLed,
  type Reply,
} from "../support/tenantIdentity";
import { eventually } from "../support/waiting";

type Job = ReturnType<typeof jobspec>;

/** Every test is an attempt that must be refused; each group has one that must not be, so that the others can fail. */
describeWith("what tenants and the operator can't do", realClusterNeeds, function () {
  this.timeout(180_000);
  this.slow(20_000);
  const mine = new RealCluster(labCluster("isol-mine", { members: 1 }));
  const other = new RealCluster(labCluster("isol-other", { members: 1 }));

  before(async () => {
    await ensureClusterImage();
    for (const cluster of [mine, other]) await cluster.remove();
    await Promise.all([mine, other].map((cluster) => cluster.start()));
    await Promise.all([mine, other].map((cluster) => untilLed(cluster)));
  });
  after(async () => {
    for (const cluster of [mine, other]) await cluster.remove();
  });

  function refused({ status, text }: Reply): void {
    assert.equal(status, 403, `${status} ${text}`);
  }

  describe("a tenant's identity on Consul", () => {
    let token: string;
    before(async () => {
      token = await memberToken(mine);
    });
    const consul = (method: string, path: string, body?: string): Promise<Reply> =>
      asTenant(token, method, path, body);
    const keys = `/v1/kv/operations/${other.cluster.name}`;

    it("reads and writes its own keys", async () => {
      const own = `/v1/kv/operations/${mine.cluster.name}`;
      assert.equal((await consul("GET", `${own}/?recurse`)).status, 200);
      assert.equal((await consul("PUT", `${own}/isolation-test`, "mine")).status, 200);
      assert.equal((await consul("DELETE", `${own}/isolation-test`)).status, 200);
    });

    for (const [what, method, path] of [
      ["list another's keys", "GET", `${keys}/?recurse`],
      ["read another's leader key", "GET", `${keys}/leader`],
      ["write another's leader key", "PUT", `${keys}/leader`],
      ["write another's configuration", "PUT", `${keys}/config`],
      ["delete another's keys", "DELETE", `${keys}/?recurse`],
      ["list all keys", "GET", "/v1/kv/?recurse"],
      ["make itself a policy", "PUT", "/v1/acl/policy"],
      ["list tokens", "GET", "/v1/acl/tokens"],
    ] as const) {
      it(`can't ${what}`, async () => {
        refused(await consul(method, path, method === "PUT" ? "{}" : undefined));
      });
    }

    it("can't take another's leader lock with a session of its own", async () => {
      const Node = clusterNames(mine.cluster).consulNode;
      const made = await consul(
        "PUT",
        "/v1/session/create",
        JSON.stringify({ Node, Checks: [], TTL: "10s" }),
      );
      assert.equal(made.status, 200, made.text);
      const { ID } = JSON.parse(made.text) as { ID: string };
      refused(await consul("PUT", `${keys}/leader?acquire=${ID}`, "mine"));
      assert.equal((await consul("PUT", `/v1/session/destroy/${ID}`)).status, 200);
    });

    it("can't end another's session, and with it its leader lock", async () => {
      const session = await leaderSession(other.cluster.name);
      assert.notEqual(session, "");
      refused(await consul("PUT", `/v1/session/destroy/${session}`));
      refused(await consul("PUT", `/v1/session/renew/${session}`));
      assert.equal(await leaderSession(other.cluster.name), session);
    });

    for (const node of [clusterNames(other.cluster).consulNode, "node1"]) {
      it(`can't create a session on ${node}`, async () => {
        const session = JSON.stringify({ Node: node, Checks: [], TTL: "10s" });
        refused(await consul("PUT", "/v1/session/create", session));
      });
    }

    for (const service of [clusterNames(other.cluster).primaryService, "anything"]) {
      it(`can't register the service ${service}`, async () => {
        const body = JSON.stringify({ Name: service, Port: 5432 });
        refused(await consul("PUT", "/v1/agent/service/register", body));
        const entry = { Node: "node1", Address: "127.0.0.11", Service: { Service: service, Port: 5432 } };
        refused(await consul("PUT", "/v1/catalog/register", JSON.stringify(entry)));
      });
    }

    it("can't log in as a service, nor with an identity that Nomad didn't sign", async () => {
      const identity = await memberIdentity(mine);
      assert.equal((await logIn(identity)).status, 200);
      refused(await logIn(identity, serviceAuthMethod));
      const [head, , signature] = identity.split(".");
      const claims = Buffer.from(JSON.stringify({ nomad_job_id: other.jobId })).toString("base64url");
      assert.notEqual((await logIn(`${head}.${claims}.${signature}`)).status, 200);
    });
  });

  describe("a job in a tenant's place, on Vault", () => {
    const asking = new RealCluster(labCluster("isol-asking", { members: 1 }));
    before(async () => {
      await asking.remove();
    });
    after(async () => {
      await asking.remove();
    });

    it("runs with its own role and its own secret", async () => {
      await asking.start();
      await untilLed(asking);
    });

    /** What Nomad says of the tasks of a changed job, until the pattern is among it. */
    async function says(change: (job: Job) => unknown, pattern: RegExp): Promise<void> {
      const { version } = await asking.register(change);
      const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
        const found = (await allocationsOf(asking)).filter(({ jobVersion }) => jobVersion === version);
        const words = found.flatMap(({ tasks }) =>
          tasks.flatMap(({ events }) => events.map(({ message }) => message)),
        );
        saw(words);
        return words.some((one) => pattern.test(one)) ? true : undefined;
      };
      await eventually(`${asking.jobId} is refused`, look, { timeoutSeconds: 60 });
    }

    const task = (job: Job): Record<string, unknown> =>
      fields(elements(fields(elements(fields(job)["TaskGroups"])[0])["Tasks"])[0]);

    it("can't take another's role", async () => {
      const { vaultRole } = clusterNames(other.cluster);
      await says((job) => {
        task(job)["Vault"] = { ...fields(task(job)["Vault"]), Role: vaultRole };
        return job;
      }, /nomad_job_id\S* does not match any associated bound claim/i);
    });
  });

  describe("the operator's token", () => {
    const { CONSUL_HTTP_TOKEN, NOMAD_TOKEN, VAULT_TOKEN } = operatorTokens();
    const consul = (method: string, path: string, body?: string): Promise<Reply> =>
      ask(`${environment("CONSUL_HTTP_ADDR")}${path}`, { "X-Consul-Token": CONSUL_HTTP_TOKEN }, method, body);
    const onNomad = (method: string, path: string, body?: string): Promise<Reply> =>
      ask(`${environment("NOMAD_ADDR")}${path}`, { "X-Nomad-Token": NOMAD_TOKEN }, method, body);
    const vault = (method: string, path: string, body?: string): Promise<Reply> =>
      ask(`${environment("VAULT_ADDR")}/v1/${path}`, { "X-Vault-Token": VAULT_TOKEN }, method, body);

    it("does what it is for", async () => {
      assert.equal((await consul("GET", `/v1/kv/operations/${mine.cluster.name}/?recurse`)).status, 200);
      assert.equal((await onNomad("GET", `/v1/job/${mine.jobId}`)).status, 200);
      const { mount, path } = mine.cluster.credentials;
      assert.equal((await vault("GET", `${mount}/data/${path}`)).status, 200);
    });

    for (const [what, method, path] of [
      ["read others' keys", "GET", "/v1/kv/teams/?recurse"],
      ["write others' keys", "PUT", "/v1/kv/teams/key"],
      ["register a node of another name", "PUT", "/v1/catalog/register"],
      ["end a cluster's session", "PUT", "/v1/session/destroy/SESSION"],
      ["make an agent leave", "PUT", "/v1/agent/leave"],
    ] as const) {
      it(`can't ${what} on Consul`, async () => {
        const session = await leaderSession(mine.cluster.name);
        const body = JSON.stringify({ Node: "node1", Address: "127.0.0.99" });
        refused(await consul(method, path.replace("SESSION", session), method === "PUT" ? body : undefined));
      });
    }

    for (const [what, method, path] of [
      ["list tokens", "GET", "/v1/acl/tokens"],
      ["make a policy", "PUT", "/v1/acl/policy/more"],
      ["make a namespace", "PUT", "/v1/namespace/more"],
      ["take a node out", "PUT", "/v1/node/NODE/eligibility"],
      ["change the scheduler", "PUT", "/v1/operator/scheduler/configuration"],
      ["list another namespace's jobs", "GET", "/v1/jobs?namespace=teams"],
    ] as const) {
      it(`can't ${what} on Nomad`, async () => {
        const [node] = elements(await nomad("GET", "/v1/nodes")).map(fields);
        const nodeId = String(node?.["ID"]);
        const body = JSON.stringify({ Name: "more", Rules: "", NodeID: nodeId, Eligibility: "ineligible" });
        refused(await onNomad(method, path.replace("NODE", nodeId), method === "PUT" ? body : undefined));
      });
    }

    for (const [what, method, path] of [
      ["read others' secrets", "GET", "secret/data/teams/app"],
      ["list secrets", "LIST", "secret/metadata/postgres"],
      ["mount an engine", "POST", "sys/mounts/more"],
      ["change the auth method", "POST", "auth/jwt-nomad/config"],
      ["write a policy of another name", "PUT", "sys/policies/acl/more"],
      ["make a token", "POST", "auth/token/create"],
    ] as const) {
      it(`can't ${what} on Vault`, async () => {
        const body = JSON.stringify({ policy: "", policies: ["root"], type: "kv" });
        refused(await vault(method, path, method === "GET" || method === "LIST" ? undefined : body));
      });
    }
  });
});
