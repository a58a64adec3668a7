import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { PassThrough } from "node:stream";
import { CommandError } from "../../commands/commandError";
import { runMove } from "../../commands/move/run";
import { PlatformDouble } from "../support/doubles/platformDouble";
import { PulumiDouble } from "../support/pulumiDouble";

/** What a move is refused for, and that nothing is changed then. How it goes is in test/e2e/move.test.ts. */
describe("npm run move, with doubles of Pulumi, Consul, Nomad and Patroni", () => {
  const pulumi = new PulumiDouble();
  let platform: PlatformDouble;

  after(() => pulumi.remove());
  beforeEach(async () => {
    platform = await new PlatformDouble().start();
    platform.ready();
    const nodes = [1, 2, 3].map((number) => ({
      ...{ ID: `id-of-node${number}`, Name: `node${number}`, Status: "ready", Datacenter: "dc1" },
      ...{ SchedulingEligibility: "eligible", NodePool: "default" },
    }));
    platform.nomad.update({ jobId: "postgres-acme", groups: [{ Name: "members", Count: 3 }], nodes });
    pulumi.configure({
      nomadAddress: platform.nomad.address,
      consulAddress: platform.consul.address,
      imageRepository: "registry.example.net/patroni",
      platform: { networks: { replication: ["10.0.0.0/8"] } },
      tenants: {
        acme: { members: 3, storage: { type: "volume", capacity: "1GiB" } },
        beta: { members: 2, storage: { type: "ephemeral", sizeMb: 300 } },
      },
    });
  });
  afterEach(async () => {
    const changing = platform.nomad.heard.filter(({ method }) => method !== "GET");
    await platform.stop();
    assert.deepEqual(changing, []);
  });

  async function refused(...args: readonly string[]): Promise<string> {
    const output = { write: () => undefined };
    const signal = new AbortController().signal;
    const at = { pulumi: pulumi.place(), input: new PassThrough(), output, signal };
    const error = await runMove(["--stack", "prod", ...args], at).then(
      (code) => assert.fail(`ended with ${code}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    return error.message;
  }

  it("needs a tenant and a member that there are", async () => {
    assert.match(await refused("--member", "node1"), /^--tenant NAME says whose cluster/);
    assert.match(await refused("--tenant", "acme"), /^--member NAME says who goes/);
    assert.match(await refused("--tenant", "acne", "--member", "node1"), /Did you mean acme\?/);
    assert.match(await refused("--tenant", "acme", "--member", "node7"), /^acme has no member node7/);
    assert.match(
      await refused("--tenant", "acme", "--member", "node1", "--giveup"),
      /Did you mean --give-up\?/,
    );
  });

  it("has nothing to move where the data is thrown away", async () => {
    assert.match(await refused("--tenant", "beta", "--member", "node1"), /^beta has throw-away data/);
  });

  it("says which nodes can't take the member", async () => {
    assert.match(
      await refused("--tenant", "acme", "--member", "node2", "--to", "node8"),
      /^Nomad has no node node8/,
    );
    assert.match(
      await refused("--tenant", "acme", "--member", "node2"),
      /^no node can take the member of node2/,
    );
  });

  it("is refused without a leader, in a pause, without a job, and without Nomad", async () => {
    const node2 = ["--tenant", "acme", "--member", "node2"];
    platform.consul.put("operations/acme/config", { pause: true });
    assert.match(await refused(...node2), /^acme is paused/);
    platform.consul.put("operations/acme/config", {});
    platform.nomad.update({ stopped: true });
    assert.match(await refused(...node2), /^acme has no job that runs/);
    platform.consul.delete("operations/acme/leader");
    assert.match(await refused(...node2), /^acme has no leader/);
    platform.nomad.token = "another";
    assert.match(await refused(...node2), /^Nomad at .* refused \(403 /);
  });

  it("as a process ends with 2 for a wrong option", async () => {
    const bin = path.join(__dirname, "..", "..", "bin", "move.js");
    const child = spawn(process.execPath, [bin, "--tennant", "acme"]);
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    assert.equal(await new Promise((resolve) => child.once("close", resolve)), 2);
    assert.match(errors, /^There is no "--tennant"\. Did you mean --tenant\?/m);
    assert.match(errors, /^Usage: npm run move/m);
  });
});
