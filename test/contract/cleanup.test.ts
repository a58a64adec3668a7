import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { runCleanup } from "../../commands/cleanup/run";
import { CommandError } from "../../commands/commandError";
import { runStatus } from "../../commands/status/run";
import type { StackStatus } from "../../patroni/status/model";
import { PlatformDouble, systemId } from "../support/doubles/platformDouble";
import { PulumiDouble } from "../support/pulumiDouble";

describe("npm run cleanup, with doubles of Pulumi, Consul and Nomad", () => {
  const pulumi = new PulumiDouble();
  let platform: PlatformDouble;

  after(() => pulumi.remove());
  beforeEach(async () => {
    platform = await new PlatformDouble().start();
    platform.ready();
    platform.nomad.update({ jobId: "postgres-acme", jobs: [{ ID: "postgres-acme", Namespace: "default" }] });
    pulumi.configure({
      nomadAddress: platform.nomad.address,
      consulAddress: platform.consul.address,
      imageRepository: "registry.example.net/patroni",
      platform: { networks: { replication: ["10.0.0.0/8"] } },
      tenants: { acme: { members: 3 } },
    });
    platform.consul.put("operations/gone/initialize", systemId);
    platform.consul.put("operations/gone/config", {});
    platform.consul.put("operations/acme/members/node9", { state: "running" });
  });
  afterEach(() => platform.stop());

  /** A terminal at which `typed` is typed when it asks; undefined: no terminal. */
  async function run(args: readonly string[], typed?: string, meanwhile: () => void = () => undefined) {
    const input = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
    const said: string[] = [];
    const write = (text: string) => {
      said.push(text);
      if (!text.startsWith("Do it?")) return;
      meanwhile();
      input.end(`${typed ?? ""}\n`);
    };
    const signal = new AbortController().signal;
    const at = { pulumi: pulumi.place(), input, output: { write }, signal };
    const code = await runCleanup(["--stack", "prod", ...args], at);
    return { code, text: said.join("") };
  }

  async function refused(args: readonly string[], typed?: string): Promise<string> {
    const error = await run(args, typed).then(
      ({ text }) => assert.fail(text),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    return error.message;
  }

  async function leftovers(): Promise<readonly string[] | null> {
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) };
    const at = { pulumi: pulumi.place(), output, signal: new AbortController().signal };
    await runStatus(["--stack", "prod", "--json"], at);
    const { leftovers: found } = JSON.parse(said.join("")) as StackStatus;
    return found === null ? null : found.map(({ kind, name }) => `${kind} ${name}`);
  }

  it("shows what goes and why, and removes it for a yes alone", async () => {
    assert.deepEqual(await leftovers(), ["member node9", "cluster gone"]);
    assert.match(await refused([]), /there is no terminal to ask at/);
    assert.equal(await refused([], "y"), "Nothing was done.");
    assert.deepEqual(await leftovers(), ["member node9", "cluster gone"]);
    const { code, text } = await run([], "yes");
    assert.equal(code, 0, text);
    assert.match(
      text,
      /^All keys of gone, a cluster that is gone\. It is safe, because\n {2}the stack's config/m,
    );
    assert.match(text, /acme: the entry of node9 is removed\ngone: its folder is removed\n$/);
    assert.deepEqual(await leftovers(), []);
    assert.match((await run([])).text, /^prod: there is nothing in Consul that can go\.$/m);
  });

  it("removes of one cluster alone where one is named", async () => {
    assert.equal((await run(["--scope", "gone", "--yes"])).code, 0);
    assert.deepEqual(await leftovers(), ["member node9"]);
  });

  it("leaves what has come to be used, or was written, while it asked", async () => {
    const { code, text } = await run([], "yes", () => {
      platform.consul.put("operations/gone/leader", "node1", "session-9");
      platform.consul.put("operations/acme/members/node9", { state: "starting" });
    });
    assert.equal(code, 1);
    assert.match(
      text,
      /acme: the entry of node9 stays: it has changed\ngone: its folder stays: it has changed\n$/,
    );
    platform.consul.delete("operations/gone/leader");
    assert.deepEqual(await leftovers(), ["member node9", "cluster gone"]);
  });

  it("leaves a cluster whose job or volume is in another namespace", async () => {
    const jobs = [{ ID: "postgres-gone", Namespace: "teams" }];
    platform.nomad.update({ jobs });
    assert.deepEqual(await leftovers(), ["member node9"]);
    const volumes = [{ ID: "v", Name: "postgres-gone", Namespace: "teams", NodeID: "n" }];
    platform.nomad.update({ jobs: [], volumes });
    assert.deepEqual(await leftovers(), ["member node9", "volume v"]);
    assert.match((await run(["--scope", "gone", "--yes"])).text, /nothing in Consul that can go/);
  });

  it("can't tell without Nomad, and then removes nothing", async () => {
    platform.nomad.fails = (path) => path === "/v1/jobs";
    assert.equal(await leftovers(), null);
    assert.match(await refused(["--yes"]), /No cluster leader/);
    platform.nomad.fails = () => false;
    assert.deepEqual(await leftovers(), ["member node9", "cluster gone"]);
  });
});
