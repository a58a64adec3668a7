import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { askConsul } from "../../lab/platform/consulAcl";
import { labContainers } from "../../lab/platform/containers";
import { rememberedEngine } from "../../lab/platform/docker";
import type { Engine } from "../../lab/platform/engine";
import { killPart, loseNode, restoreNode, resumePart, suspendPart } from "../../lab/platform/faults";
import { labDown } from "../../lab/platform/labDown";
import { labStatus } from "../../lab/platform/labStatus";
import { labUp, type LabTools } from "../../lab/platform/labUp";
import { mountPointsIn } from "../../lab/platform/mounts";
import { askNomad } from "../../lab/platform/nomadAcl";
import { askOpenBao } from "../../lab/platform/openbao";
import { isTagOf, partRecord } from "../../lab/platform/part";
import { labParts } from "../../lab/platform/parts";
import { takenPorts } from "../../lab/platform/portUse";
import { taggedProcesses } from "../../lab/platform/processes";
import { holds, notYet, waitUntil } from "../../lab/platform/waiting";
import { silentReporter } from "../../lab/report";
import { labSettings } from "../../lab/settings";
import { ensureTools } from "../../lab/toolchain/ensureTools";
import {
  createVolume,
  grantSecret,
  grantService,
  pushEmptyImage,
  rawJobRuns,
  rawJobSays,
  rawName,
  registerRawJob,
} from "../support/rawJob";

// A lab of its own, beside whatever other lab this machine runs.
const cacheDir = join(homedir(), ".cache", "nomad-postgres");
const settings = labSettings({
  stateDir: join(mkdtempSync(join(tmpdir(), "nomad-postgres-")), "lab"),
  cacheDir,
  portOffset: 7000,
});
const reporter = silentReporter();

describe("the lab", function () {
  this.timeout(120_000);
  this.slow(10_000);
  let tools: LabTools;

  const pids = (): ReadonlyMap<string, number | undefined> =>
    new Map(labParts(settings).map((part) => [part.name, partRecord(settings, part)?.pid]));

  const engine = (): Engine => {
    const found = rememberedEngine(settings);
    assert(found !== undefined);
    return found;
  };

  before(async () => {
    const only = ["nomad", "consul", "bao", "docker", "docker-registry"] as const;
    tools = await ensureTools({ cacheDir: settings.toolsDir, reporter, only });
  });

  after(async () => {
    await labDown(settings, { purge: true, containerGraceSeconds: 1 });
    rmSync(join(settings.stateDir, ".."), { recursive: true, force: true });
  });

  it("says which port is taken, by whom and for what, and starts nothing", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(settings.ports.nomadRpc, "127.0.0.1", resolve));
    try {
      await assert.rejects(labUp(settings, tools, reporter), {
        name: "UserError",
        message: new RegExp(
          `127\\.0\\.0\\.1:11647, for Nomad server \\(RPC\\), is taken by process ${process.pid} `,
        ),
      });
      assert.equal((await labStatus(settings)).overall, "down");
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
  });

  it("comes up with three ready nodes, each at its own address", async () => {
    await labUp(settings, tools, reporter);
    const status = await labStatus(settings);
    assert.equal(status.overall, "up", JSON.stringify(status, undefined, 2));

    const nodes = z
      .array(z.object({ ID: z.string(), Name: z.string(), Status: z.string(), Address: z.string() }))
      .parse(await askNomad(settings, "/v1/nodes"));
    assert.deepEqual(nodes.map(({ Name, Status, Address }) => `${Name} ${Status} ${Address}`).sort(), [
      "node1 ready 127.0.0.11",
      "node2 ready 127.0.0.12",
      "node3 ready 127.0.0.13",
    ]);
    for (const { ID, Address } of nodes) {
      const node = z
        .object({ Attributes: z.record(z.string(), z.string()), Meta: z.record(z.string(), z.string()) })
        .parse(await askNomad(settings, `/v1/node/${ID}`));
      assert.equal(node.Attributes["unique.network.ip-address"], Address);
      assert.equal(node.Meta["storage"], "ssd");
    }
    const members = z
      .array(z.object({ Name: z.string(), Status: z.number() }))
      .parse(await askConsul(settings, "/v1/agent/members"));
    assert.deepEqual(members.map(({ Name, Status }) => `${Name} ${Status}`).sort(), [
      "consul 1",
      "node1 1",
      "node2 1",
      "node3 1",
    ]);
  });

  for (const file of ["openbao.json", "tokens.json"]) {
    it(`keeps keys/${file} to its owner`, () => {
      assert.equal(statSync(join(settings.stateDir, "keys", file)).mode & 0o777, 0o600);
    });
  }

  it("runs a job with a dynamic host volume and a secret by workload identity", async () => {
    await grantSecret(settings, "sesame");
    await grantService(settings);
    await pushEmptyImage(settings, engine());
    await createVolume(settings);
    await registerRawJob(settings);
    const { ID, NodeName } = await rawJobRuns(settings, 40);
    const said = await rawJobSays(settings, ID);
    assert.equal(said.secret, "sesame");
    assert.equal(said.volume, "999:999 700");
    const node = settings.nodes.find(({ name }) => name === NodeName);
    assert(node !== undefined);
    const [address, port] = said.address.split(":");
    assert.equal(address, node.address);
    assert(Number(port) >= node.dynamicPorts.first && Number(port) <= node.dynamicPorts.last, port);
    assert.deepEqual(
      (await labContainers(settings, engine())).map((one) => one.node),
      [NodeName],
    );
  });

  it("leaves everything as it is when it is up already", async () => {
    const before = pids();
    await labUp(settings, tools, reporter);
    assert.deepEqual(pids(), before);
  });

  it("notices a killed part, and mends just that", async () => {
    const before = pids();
    await killPart(settings, "openbao");
    const status = await labStatus(settings);
    assert.equal(status.overall, "degraded");
    const dead = status.lines.filter(({ state }) => state.state === "dead");
    assert.deepEqual(
      dead.map(({ title }) => title),
      ["OpenBao"],
    );

    await labUp(settings, tools, reporter);
    assert.equal((await labStatus(settings)).overall, "up");
    const changed = [...pids()].filter(([name, pid]) => pid !== before.get(name)).map(([name]) => name);
    assert.deepEqual(changed, ["openbao"]);
  });

  it("notices a part that hangs", async () => {
    await suspendPart(settings, "consul");
    try {
      const { overall, lines } = await labStatus(settings);
      assert.equal(overall, "degraded");
      const server = lines.find(({ title }) => title === "Consul server");
      assert.equal(server?.state.state, "failing");
    } finally {
      await resumePart(settings, "consul");
    }
    await waitUntil(
      async () => {
        const status = await labStatus(settings);
        return status.overall === "up" ? holds : notYet(JSON.stringify(status));
      },
      { withinSeconds: 20 },
    );
  });

  it("takes the power from a node and gives it back", async () => {
    const { NodeName } = await rawJobRuns(settings, 10);
    const fault = await loseNode(settings, NodeName);
    assert.equal(fault.containers.length, 1);
    const dead = (await labStatus(settings)).lines.filter(({ state }) => state.state === "dead");
    assert.deepEqual(
      dead.map(({ title }) => title),
      [`Consul agent of ${NodeName}`, `Nomad client of ${NodeName}`],
    );

    await restoreNode(settings, tools, NodeName);
    assert.equal((await labStatus(settings)).overall, "up");
    assert.equal((await rawJobRuns(settings, 60)).NodeName, NodeName);
  });

  it("goes down without leaving anything, and comes back with its state", async () => {
    const before = await rawJobRuns(settings, 10);
    const usedEngine = engine();
    await labDown(settings, { containerGraceSeconds: 1 });
    assert.deepEqual(taggedProcesses(isTagOf(settings)), []);
    assert.deepEqual(mountPointsIn(readFileSync("/proc/self/mounts", "utf8"), settings.stateDir), []);
    assert.deepEqual(await takenPorts(labParts(settings).flatMap((part) => part.ports)), []);
    assert.deepEqual(await labContainers(settings, usedEngine).catch(() => []), []);
    assert.equal((await labStatus(settings)).overall, "down");

    await labUp(settings, tools, reporter);
    assert.match(JSON.stringify(await askOpenBao(settings, `secret/data/${rawName}`)), /sesame/);
    assert.equal((await rawJobRuns(settings, 60)).NodeName, before.NodeName);
  });

  it("deletes its state on a purge, and nothing is wrong with doing so twice", async () => {
    await labDown(settings, { purge: true, containerGraceSeconds: 1 });
    assert.equal(existsSync(settings.stateDir), false);
    await labDown(settings, { purge: true });
    assert.equal((await labStatus(settings)).overall, "down");
  });
});
