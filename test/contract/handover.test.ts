import assert from "node:assert/strict";
import { describeWithPython, PythonRun } from "../support/python";
import { ScriptedServer, type Said } from "../support/scriptedServer";

const leads = {
  role: "primary",
  state: "running",
  timeline: 1,
  xlog: { location: 1000 },
  patroni: { name: "node1", scope: "acme" },
};
const streams = (startedAt: string): object => ({
  role: "replica",
  state: "running",
  replication_state: "streaming",
  timeline: 1,
  postmaster_start_time: `2026-11-23 ${startedAt}+00:00`,
  xlog: { received_location: 1000 },
});

describeWithPython("the handover before a stop, with scripted members", function () {
  this.slow(5000);
  let own: ScriptedServer;
  let others: Record<string, ScriptedServer>;

  beforeEach(async () => {
    own = await ScriptedServer.start();
    others = { node2: await ScriptedServer.start(), node3: await ScriptedServer.start() };
  });
  afterEach(() => {
    for (const server of [own, ...Object.values(others)]) server.stop();
  });

  /** Runs it beside a member that says this of itself, in a cluster whose other members say that. */
  async function handOver(
    self: object,
    says: Readonly<Record<string, Said>>,
    answer: Said = { body: "Successfully switched over" },
  ): Promise<string> {
    const member = (name: string, url: string) => ({ name, api_url: `${url}/patroni` });
    own.play({
      "GET /patroni": () => ({ body: self }),
      "GET /cluster": () => ({
        body: {
          members: [
            member("node1", own.address),
            ...Object.entries(others).map(([name, { address }]) => member(name, address)),
          ],
        },
      }),
      "POST /switchover": () => answer,
    });
    for (const [name, server] of Object.entries(others))
      server.play({ "GET /patroni": () => says[name] ?? { status: 503 } });
    const env = { PATRONI_RESTAPI_LISTEN: new URL(own.address).host };
    const run = new PythonRun({ file: "handover.py" }, { env });
    assert.equal(await run.end(), 0, run.output);
    return run.output;
  }

  function asked(): readonly unknown[] {
    return own.heard.filter(({ path }) => path === "/switchover").map(({ method, body }) => [method, body]);
  }

  it("asks Patroni for a switchover to the replica that started last", async () => {
    const output = await handOver(leads, {
      node2: { body: streams("10:05:00") },
      node3: { body: streams("10:00:00") },
    });
    assert.deepEqual(asked(), [["POST", { leader: "node1", candidate: "node2" }]]);
    assert.match(
      output,
      /^\S+ \S+ INFO: node1 is told to stop and hands over to node2\n\S+ \S+ INFO: Successfully switched over\n$/,
    );
  });

  it("leaves out a member that doesn't answer", async () => {
    await handOver(leads, { node3: { body: streams("10:00:00") } });
    assert.deepEqual(asked(), [["POST", { leader: "node1", candidate: "node3" }]]);
  });

  it("does nothing, and says nothing, beside a replica", async () => {
    assert.equal(await handOver({ ...leads, role: "replica" }, { node2: { body: streams("10:05:00") } }), "");
    assert.deepEqual(
      own.heard.map(({ path }) => path),
      ["/patroni"],
    );
  });

  it("does nothing while the cluster is paused", async () => {
    assert.match(
      await handOver({ ...leads, pause: true }, { node2: { body: streams("10:05:00") } }),
      /paused/,
    );
    assert.deepEqual(asked(), []);
  });

  it("does nothing where nobody else is there", async () => {
    assert.match(await handOver(leads, {}), /no replica to hand over to/);
    assert.deepEqual(asked(), []);
  });

  it("says what Patroni says where it refuses", async () => {
    const refusal = { status: 412, body: "candidate name does not match with sync_standby" };
    assert.match(
      await handOver(leads, { node2: { body: streams("10:05:00") } }, refusal),
      /not handed over before the stop: candidate name does not match with sync_standby\n$/,
    );
  });

  it("says so where Patroni can't be reached", async () => {
    const env = { PATRONI_RESTAPI_LISTEN: "127.0.0.1:1" };
    const run = new PythonRun({ file: "handover.py" }, { env });
    assert.equal(await run.end(), 0);
    assert.match(run.output, /not handed over before the stop: .*refused/);
  });
});
