import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { PassThrough } from "node:stream";
import { CommandError } from "../../commands/commandError";
import { runReinit } from "../../commands/reinit/run";
import { runSwitchover } from "../../commands/switchover/run";
import { ActsDouble, type ActsStory } from "../support/doubles/actsDouble";
import { PlatformDouble } from "../support/doubles/platformDouble";
import { PulumiDouble } from "../support/pulumiDouble";

describe("acts, with doubles of Pulumi, Consul and Patroni", () => {
  const pulumi = new PulumiDouble();
  let platform: PlatformDouble;

  after(() => pulumi.remove());
  beforeEach(async () => {
    platform = await new PlatformDouble().start();
    platform.ready();
    pulumi.configure({
      nomadAddress: platform.nomad.address,
      consulAddress: platform.consul.address,
      imageRepository: "registry.example.net/patroni",
      platform: { networks: { replication: ["10.0.0.0/8"] } },
      tenants: { acme: { members: 3 } },
    });
  });
  afterEach(() => platform.stop());

  /** A terminal at which `typed` is typed; undefined: no terminal. */
  function surroundings(typed?: string) {
    const input = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
    if (typed !== undefined) input.end(`${typed}\n`);
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) };
    const signal = new AbortController().signal;
    return { said, with: { pulumi: pulumi.place(), input, output, signal } };
  }

  type Command = typeof runSwitchover;

  async function run(command: Command, args: readonly string[], typed?: string) {
    const at = surroundings(typed);
    const code = await command(["--stack", "prod", "--tenant", "acme", ...args], at.with);
    return { code, text: at.said.join("") };
  }

  async function refused(command: Command, args: readonly string[], typed?: string): Promise<string> {
    const error = await run(command, args, typed).then(
      ({ code, text }) => assert.fail(`ended with ${code}: ${text}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    return error.message;
  }

  const members = (story: ActsStory = {}) => new ActsDouble(platform, story);

  describe("npm run switchover", () => {
    it("shows what it will do, hands over to the best replica and waits for the former leader", async () => {
      const acts = members();
      const { code, text } = await run(runSwitchover, ["--yes"]);
      assert.equal(code, 0, text);
      assert.match(text, /^Switchover of acme: node1 hands over to node2\.\n/);
      assert.match(text, /^\[acme\] Patroni: Successfully switched over to "node2" \(200\)$/m);
      assert.match(text, /\nacme: node2 leads, node1 streams from it after [\d.]+ s\n$/);
      assert.deepEqual(acts.asked, ['node1 /switchover {"leader":"node1","candidate":"node2"}']);
    });

    it("asks at a terminal, and does it for a yes alone", async () => {
      const acts = members();
      assert.equal(await refused(runSwitchover, ["--to", "node3"], "y"), "Nothing was done.");
      assert.equal(await refused(runSwitchover, [], ""), "Nothing was done.");
      assert.match(await refused(runSwitchover, []), /there is no terminal to ask at\. With --yes/);
      assert.deepEqual(acts.asked, []);
      const { code, text } = await run(runSwitchover, ["--to", "node3"], "yes");
      assert.equal(code, 0, text);
      assert.deepEqual(acts.asked, ['node1 /switchover {"leader":"node1","candidate":"node3"}']);
    });

    it("does nothing when the leader has changed while it asked", async () => {
      const acts = members();
      const at = surroundings();
      const input = Object.assign(at.with.input, { isTTY: true });
      const output = {
        write: (text: string) => {
          if (!text.startsWith("Do it?")) return;
          platform.consul.put("operations/acme/leader", "node3", "session-3");
          const [one, , three] = platform.members;
          if (one === undefined || three === undefined) return;
          [one.state, three.state] = [three.state, one.state];
          input.end("yes\n");
        },
      };
      await assert.rejects(
        runSwitchover(["--stack", "prod", "--tenant", "acme", "--to", "node2"], { ...at.with, output }),
        /Nothing was done: acme has changed meanwhile/,
      );
      assert.deepEqual(acts.asked, []);
    });

    it("refuses before anything is asked of Patroni", async () => {
      const acts = members();
      assert.match(await refused(runSwitchover, ["--yes", "--to", "node9"]), /has no member node9/);
      assert.match(await refused(runSwitchover, ["--yes", "--to", "node1"]), /node1 leads acme already/);
      platform.consul.put("operations/acme/config", { pause: true });
      assert.match(await refused(runSwitchover, ["--yes"]), /is paused.*--to node2/);
      platform.consul.put("operations/acme/config", { synchronous_mode: true });
      assert.match(await refused(runSwitchover, ["--yes"]), /no replica .* isn't a synchronous standby/);
      platform.consul.put("operations/acme/config", {});
      for (const number of [2, 3]) platform.member(number).hangs = true;
      assert.match(
        await refused(runSwitchover, ["--yes"]),
        /no replica of acme can take over: node2 doesn't/,
      );
      platform.consul.delete("operations/acme/leader");
      assert.match(await refused(runSwitchover, ["--yes"]), /acme has no leader/);
      assert.deepEqual(acts.asked, []);
    });

    it("refuses a tenant that isn't there, a wrong option, and an unreachable Consul", async () => {
      const { with: place } = surroundings();
      const fails = (args: readonly string[], why: RegExp) => assert.rejects(runSwitchover(args, place), why);
      await fails(["--stack", "prod", "--tenant", "acne"], /has no tenant acne\. Did you mean acme\?/);
      await fails(["--stack", "prod"], /^UserError: --tenant NAME says whose cluster/);
      await fails(["--tenant", "acme", "--timeout", "soon"], /--timeout is "soon"/);
      await fails(["--tenant", "acme", "--member", "node2"], /There is no "--member"/);
      await platform.consul.stop();
      await fails(["--tenant", "acme", "--yes"], /^UserError: Consul at .* can't be reached/);
    });

    it("doesn't take the place of another operator's switchover", async () => {
      const acts = members();
      platform.consul.put("operations/acme/failover", { leader: "node1", member: "node3" });
      assert.match(await refused(runSwitchover, ["--yes"]), /from node1 to node3 is under way already/);
      assert.deepEqual(acts.asked, []);
    });

    it("waits through an outage of Consul", async () => {
      const { consul } = platform;
      const back = () => setTimeout(() => void consul.start(), 600);
      members({ before: () => void consul.stop().then(back) });
      const { code, text } = await run(runSwitchover, ["--yes"]);
      assert.equal(code, 0, text);
    });

    it("says what Patroni says when it doesn't let anybody in, and ends with 2", async () => {
      members().open = false;
      assert.match(
        await refused(runSwitchover, ["--yes"]),
        /^Nothing was done, because Patroni says: Access is denied \(403\); restapi\.allowlist/,
      );
    });

    it("ends with 1 and every member's state when Patroni gave up", async () => {
      members({ nobodyTakesOver: true });
      const { code, text } = await run(runSwitchover, ["--yes"]);
      assert.equal(code, 1);
      assert.match(
        text,
        /\nacme: Patroni says: Switchover failed \(503\); node1's log has the reason\n {2}node1 /,
      );
    });

    it("ends with 1 when another took over", async () => {
      members({ insteadOf: "node3" });
      const { code, text } = await run(runSwitchover, ["--yes"]);
      assert.equal(code, 1);
      assert.match(
        text,
        /\nacme: node3 took over instead of node2\n {2}node3 \(leader\): running, timeline 2\n/,
      );
    });

    it("ends with 1 at the deadline, and says how each member is", async () => {
      members({ neverStreams: true });
      const { code, text } = await run(runSwitchover, ["--yes", "--timeout", "2"]);
      assert.equal(code, 1);
      assert.match(
        text,
        /\nacme: not so within 2 s: still waiting for former leader node1 to stream from node2 \(start failed\)\n/,
      );
      assert.match(text, /\n {2}node1 \(replica\): start failed\n/);
    });

    it("says on Ctrl-C that Patroni goes on", async () => {
      const stop = new AbortController();
      members({ neverStreams: true, before: () => setTimeout(() => stop.abort(), 100) });
      const at = surroundings();
      const args = ["--stack", "prod", "--tenant", "acme", "--yes", "--timeout", "1"];
      await runSwitchover(args, { ...at.with, signal: stop.signal });
      assert.match(at.said.join(""), /^Patroni goes on with what it has begun; npm run status/m);
    });

    it("shows its help, and as a process ends with 2 for a wrong option", async () => {
      const at = surroundings();
      assert.equal(await runSwitchover(["--help"], at.with), 0);
      assert.match(at.said.join(""), /^Usage: npm run switchover/);
      const bin = path.join(__dirname, "..", "..", "bin", "switchover.js");
      const child = spawn(process.execPath, [bin, "--tennant", "acme"]);
      let errors = "";
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      assert.equal(await new Promise((resolve) => child.once("close", resolve)), 2);
      assert.match(errors, /^There is no "--tennant"\. Did you mean --tenant\?/m);
    });
  });

  describe("npm run reinit", () => {
    it("isn't taken in by the old PostgreSQL, and waits until the new one streams", async () => {
      const acts = members();
      const { code, text } = await run(runReinit, ["--member", "node3", "--yes"]);
      assert.equal(code, 0, text);
      assert.match(text, /^Reinit of node3 of acme: its data is deleted/);
      assert.match(text, /^\[acme\] waiting for node3 to copy node1's data/m);
      assert.match(text, /\nacme: node3 streams from node1 after [\d.]+ s\n$/);
      assert.deepEqual(acts.asked, ['node3 /reinitialize {"from_leader":true}']);
    });

    it("refuses before anything is asked of Patroni", async () => {
      const acts = members();
      assert.match(
        await refused(runReinit, ["--member", "node1", "--yes"]),
        /npm run switchover -- --tenant/,
      );
      assert.match(await refused(runReinit, ["--member", "node9", "--yes"]), /has no member node9/);
      assert.match(await refused(runReinit, ["--yes"]), /^--member NAME says/);
      assert.match(await refused(runReinit, ["--member", "node3"]), /no terminal to ask at/);
      platform.consul.delete("operations/acme/leader");
      assert.match(await refused(runReinit, ["--member", "node3", "--yes"]), /has no leader/);
      assert.deepEqual(acts.asked, []);
    });

    it("says what Patroni is busy with, and ends with 2", async () => {
      members();
      platform.member(3).state = { leads: false, state: "creating replica", role: "uninitialized" };
      assert.match(
        await refused(runReinit, ["--member", "node3", "--yes"]),
        /Patroni says: reinitialize already in progress \(503\)/,
      );
    });

    it("ends with 1 at the deadline, and says how far it is", async () => {
      members({ neverStreams: true });
      const { code, text } = await run(runReinit, ["--member", "node3", "--yes", "--timeout", "2"]);
      assert.equal(code, 1);
      assert.match(text, /still waiting for node3 to copy node1's data \(creating replica\)\n {2}node1 /);
      assert.match(text, /\n {2}node3 \(replica\): creating replica\n$/);
    });
  });
});
