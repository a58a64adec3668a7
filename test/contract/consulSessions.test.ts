import assert from "node:assert/strict";
import { describeWithPython, PythonRun } from "../support/python";
import { pythonPool } from "../support/pythonPool";
import { ScriptedServer, type Script } from "../support/scriptedServer";
import { eventually } from "../support/waiting";

/** Creates a session as Patroni does, and goes on until its standard input ends, if it is to. */
const driver = `
import json, logging, sys
from consul_sessions import OwnSessions
${pythonPool}
logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stdout)
address, body = sys.argv[1:]
sessions = OwnSessions(Pool(), address, "postgres-acme", "node1")
print(sessions.request("PUT", address + "/v1/session/create", body=body).data.decode(), flush=True)
`;

/** As python-consul and Patroni write it (patroni/dcs/consul.py, 4.1.5). */
const session = { name: "acme-node1", behavior: "delete", lockdelay: "0.001s", ttl: "10.0s" };

describeWithPython("a member's sessions on its cluster's own node, with a scripted Consul", function () {
  this.slow(3000);
  let consul: ScriptedServer;
  let run: PythonRun | undefined;
  beforeEach(async () => {
    consul = await ScriptedServer.start();
  });
  afterEach(async () => {
    run?.signal("SIGKILL");
    await run?.end();
    run = undefined;
    consul.stop();
  });

  function start(body: object, script: Script = {}, tail = ""): PythonRun {
    consul.play({ "PUT /v1/session/create": () => ({ body: { ID: "mine" } }), ...script });
    const argv = `import sys; sys.argv[1:] = ${JSON.stringify([consul.address, JSON.stringify(body)])}`;
    return new PythonRun({ code: `${argv}\n${driver}\n${tail}` });
  }

  /** Patroni's main loop goes on; what is watched is watched beside it. */
  const goesOn = "import time\ntime.sleep(60)";

  it("creates them there, without the check of an agent", async () => {
    run = start(session);
    assert.equal(await run.end(), 0, run.output);
    assert.deepEqual(
      consul.heard.map(({ path, body }) => [path, body]),
      [["/v1/session/create", { ...session, node: "postgres-acme", checks: [] }]],
    );
  });

  it("keeps other checks, and names the member's node where the agent's is asked for", async () => {
    run = start({ ...session, checks: ["serfHealth", "disk"] });
    assert.equal(await run.end(), 0, run.output);
    assert.deepEqual(consul.heard.find(({ path }) => path === "/v1/session/create")?.body, {
      ...session,
      name: "acme-node1@node1",
      node: "postgres-acme",
      checks: ["disk"],
    });
  });

  it("ends the sessions of nodes whose agents have failed, and no others", async () => {
    const ended: string[] = [];
    const held = new Promise<never>(() => undefined);
    const script: Script = {
      "GET /v1/health/state/critical": ({ query }) =>
        query.has("index")
          ? held
          : {
              headers: { "X-Consul-Index": "7" },
              body: [
                { Node: "node2", CheckID: "serfHealth" },
                { Node: "node3", CheckID: "service:web" },
              ],
            },
      "GET /v1/session/node/postgres-acme": () => ({
        body: [
          { ID: "of-node2", Name: "acme-node2@node2" },
          { ID: "of-node3", Name: "acme-node3@node3" },
          { ID: "somebody's", Name: "node2" },
        ],
      }),
      "PUT /v1/session/destroy/of-node2": ({ path }) => {
        ended.push(path);
        return { body: true };
      },
    };
    run = start({ ...session, checks: ["serfHealth"] }, script, goesOn);
    const waits = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(consul.heard.map(({ method, path, query }) => `${method} ${path}?${query.toString()}`));
      return Promise.resolve(consul.heard.some(({ query }) => query.get("index") === "7") ? true : undefined);
    };
    await eventually("it waits for the next change", waits, { timeoutSeconds: 10 });
    assert.deepEqual(ended, ["/v1/session/destroy/of-node2"]);
    assert.equal(
      consul.heard.some(({ path }) => path.includes("destroy") && !path.endsWith("of-node2")),
      false,
    );
    assert.match(run.output, /node2 has failed: the session of acme-node2 ends/);
  });

  it("goes on looking after Consul was away", async () => {
    let asked = 0;
    const script: Script = {
      "GET /v1/health/state/critical": () => {
        asked++;
        return { status: 500, body: "No cluster leader" };
      },
    };
    run = start({ ...session, checks: ["serfHealth"] }, script, goesOn);
    const again = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(asked);
      return Promise.resolve(asked >= 2 ? true : undefined);
    };
    await eventually("it asks again", again, { timeoutSeconds: 10 });
    assert.match(run.output, /could not look after the sessions of failed nodes: .*No cluster leader/);
  });
});
