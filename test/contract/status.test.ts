import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as path from "node:path";
import { CommandError } from "../../commands/commandError";
import { runStatus } from "../../commands/status/run";
import type { StackStatus } from "../../patroni/status/model";
import { PlatformDouble } from "../support/doubles/platformDouble";
import { PulumiDouble } from "../support/pulumiDouble";
import { eventually } from "../support/waiting";

const tokens = { CONSUL_HTTP_TOKEN: "consul-token-hidden", NOMAD_TOKEN: "nomad-token-hidden" };
const image = "registry.example.net/patroni:17-4.1.5-0a1b2c3d4e5f-${attr.cpu.arch}";

describe("npm run status, with doubles of Pulumi, Consul, Nomad and Patroni", () => {
  const before_ = { ...process.env };
  const pulumi = new PulumiDouble();
  let platform: PlatformDouble;

  before(() => Object.assign(process.env, tokens));
  after(() => {
    for (const name of Object.keys(tokens)) {
      const value = before_[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    pulumi.remove();
  });
  beforeEach(async () => {
    platform = await new PlatformDouble().start();
    platform.consul.token = tokens.CONSUL_HTTP_TOKEN;
    platform.nomad.token = tokens.NOMAD_TOKEN;
    platform.ready();
    platform.nomad.update({ jobId: "postgres-acme", image });
    configure();
  });
  afterEach(async () => {
    await platform.stop();
  });

  function configure(tenants: object = { acme: { members: 3 } }): void {
    pulumi.configure({
      nomadAddress: platform.nomad.address,
      consulAddress: platform.consul.address,
      imageRepository: "registry.example.net/patroni",
      platform: { networks: { replication: ["10.0.0.0/8"] } },
      tenants,
    });
  }

  /** Runs the command in this process. */
  async function run(
    args: readonly string[],
    more: { isTTY?: boolean; signal?: AbortSignal; env?: Record<string, string> } = {},
  ) {
    let text = "";
    const output = { isTTY: more.isTTY, rows: 40, write: (piece: string) => (text += piece) };
    const signal = more.signal ?? new AbortController().signal;
    const code = await runStatus(args, { pulumi: pulumi.place(more.env), output, signal, intervalMs: 50 });
    return { code, text };
  }

  async function json(): Promise<{ code: number; status: StackStatus }> {
    const { code, text } = await run(["--stack", "prod", "--json"]);
    return { code, status: JSON.parse(text) as StackStatus };
  }

  async function problems(): Promise<readonly string[]> {
    const { status } = await json();
    return status.clusters.flatMap(({ name, problems: own }) =>
      own.map(({ code, member }) => `${name} ${code} ${member ?? ""}`.trim()),
    );
  }

  async function refused(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const error = await run(args, { env }).then(
      ({ text }) => assert.fail(`succeeded: ${text}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    for (const token of Object.values(tokens)) assert.ok(!error.message.includes(token));
    return error.message;
  }

  it("shows a cluster that is well, and ends with 0", async () => {
    const { code, status } = await json();
    assert.deepEqual([code, status.stack, status.healthy, status.problems], [0, "prod", true, []]);
    const [acme] = status.clusters;
    assert.deepEqual(acme?.job, { id: "postgres-acme", version: 4, stopped: false, image });
    assert.deepEqual(
      acme.members.map(({ name, role, state, lagBytes, port }) => [name, role, state, lagBytes, port]),
      [
        ["node1", "leader", "running", null, 20001],
        ["node2", "replica", "streaming", 0, 20002],
        ["node3", "replica", "streaming", 0, 20003],
      ],
    );
    const { text } = await run([]);
    assert.match(text, /^prod: 1 of 1 cluster well, at /);
    assert.doesNotMatch(text, /\u001b/);
  });

  it("uses colours on a terminal, unless NO_COLOR says otherwise", async () => {
    assert.match((await run([], { isTTY: true })).text, /\u001b\[32m/);
    process.env["NO_COLOR"] = "1";
    try {
      assert.doesNotMatch((await run([], { isTTY: true })).text, /\u001b/);
    } finally {
      Reflect.deleteProperty(process.env, "NO_COLOR");
    }
  });

  it("doesn't hang on a member that doesn't answer", async () => {
    platform.member(3).hangs = true;
    const started = Date.now();
    const { code, status } = await json();
    assert.ok(Date.now() - started < 5_000, `${Date.now() - started} ms`);
    const third = status.clusters[0]?.members[2];
    assert.deepEqual([code, third?.name, third?.answers], [1, "node3", "no"]);
    assert.match(
      status.clusters[0]?.problems[0]?.message ?? "",
      /node3 doesn't answer at http\S+ \(no answer within 2.5 s\)/,
    );
  });

  it("shows what a member that doesn't stream says of being stuck", async () => {
    const { state } = platform.member(3);
    const said = "stuck: node3 since 2026-11-23 08:40:00 UTC: it doesn't stream from node1;";
    const line = `2026-11-23 08:48:59,123 WARNING: ${said} rebuilds itself at 2026-11-23 08:50:00 UTC`;
    const { id } = platform.allocation(3);
    platform.nomad.update({ logs: { [id]: [line] } });
    platform.member(3).state = { ...state, replicationState: "in archive recovery" };
    const { status } = await json();
    assert.deepEqual(
      status.clusters[0]?.problems.map(({ message }) => message),
      [
        "node3 doesn't stream from the leader: in archive recovery; stuck since 2026-11-23 08:40:00 UTC, rebuilds itself at 2026-11-23 08:50:00 UTC",
      ],
    );
  });

  it("shows a paused cluster, a pending restart and the last failovers", async () => {
    platform.consul.put("operations/acme/config", { pause: true });
    platform.consul.put("operations/acme/history", [
      [1, 50331808, "x", "2026-11-20T10:11:12+00:00", "node1"],
    ]);
    const { state } = platform.member(2);
    const reason = { max_connections: { old_value: "100", new_value: "200" } };
    platform.member(2).state = { ...state, more: { pending_restart: true, pending_restart_reason: reason } };
    assert.deepEqual(await problems(), ["acme paused", "acme pending-restart node2"]);
    const { code, text } = await run([]);
    assert.equal(code, 1);
    assert.match(text, /acme: node2 waits for a restart: max_connections 100 -> 200/);
    assert.match(text, /2026-11-20 10:11:12 UTC {2}node1 took over, timeline 2/);
  });

  it("shows a tenant that has no cluster yet", async () => {
    configure({ acme: { members: 3 }, beta: { members: 2 } });
    assert.deepEqual(await problems(), ["beta no-cluster", "beta job-absent"]);
  });

  it("tells a stale entry from a member", async () => {
    platform.nomad.update({ allocations: [1, 2].map((number) => platform.allocation(number)) });
    await platform.member(3).stop();
    assert.deepEqual(await problems(), ["acme member-stale node3", "acme member-count"]);
  });

  it("tells keys that it may not read from keys that aren't there", async () => {
    configure({ acme: { members: 3 }, beta: { members: 2 } });
    platform.consul.mayRead = (key) => !key.startsWith("operations/beta/");
    const { status } = await json();
    assert.match(
      status.clusters[1]?.problems[0]?.message ?? "",
      /refused \(403 .*key_prefix "operations\/beta\/"/,
    );
    platform.consul.mayRead = () => false;
    assert.match(await refused([]), /the token in CONSUL_HTTP_TOKEN doesn't allow it or is not valid/);
  });

  it("shows what Consul and the members say while Nomad doesn't", async () => {
    platform.nomad.token = "another";
    const { code, status } = await json();
    assert.deepEqual([code, status.clusters[0]?.healthy, status.problems.length], [1, true, 1]);
    assert.match(status.problems[0]?.message ?? "", /^Nomad at .* refused .*NOMAD_TOKEN/);
  });

  it("ends with one sentence where nothing can be told", async () => {
    assert.match(await refused(["--stack", "nope"]), /^no stack named 'nope' found\n.*pulumi stack ls/);
    assert.match(await refused([], { NOT_SELECTED: "1" }), /^no stack selected/);
    assert.match(await refused(["--stak", "prod"]), /^There is no "--stak". Did you mean --stack\?/);
    assert.match(await refused(["--stack"]), /^--stack needs a value/);
    platform.consul.token = "another";
    assert.match(await refused([]), /^Consul at http\S+ .* refused \(403/);
    await platform.consul.stop();
    assert.match(
      await refused([]),
      /^Consul at http\S+ can't be reached .*consulAddress in the stack's config right\?$/,
    );
    configure({ Acme: {} });
    assert.match(await refused([]), /problem in the stack's configuration/);
  });

  it("shows no setting that is a secret", async () => {
    pulumi.configure({ consulAddress: "https://hidden.example.net", imageRepository: "r.example.net/p" }, [
      "consulAddress",
    ]);
    const message = await refused([]);
    assert.match(message, /consulAddress: found a secret/);
    assert.doesNotMatch(message, /hidden/);
  });

  it("watches: a line of JSON at a time, through an outage of Consul, until it is told to stop", async () => {
    const stop = new AbortController();
    let text = "";
    const output = { write: (piece: string) => (text += piece) };
    const ended = runStatus(["--watch", "--json"], {
      pulumi: pulumi.place(),
      output,
      signal: stop.signal,
      intervalMs: 20,
    });
    const lines = () =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { healthy?: boolean; error?: string });
    const seen = (what: string, judge: (line: { healthy?: boolean; error?: string }) => boolean) =>
      eventually(what, () => Promise.resolve(judge(lines().at(-1) ?? {}) ? true : undefined), {
        timeoutSeconds: 40,
        intervalMilliseconds: 10,
      });
    await seen("well", ({ healthy }) => healthy === true);
    await platform.consul.stop();
    await seen("an error", ({ error }) => /can't be reached/.test(error ?? ""));
    await platform.consul.start();
    await seen("well again", ({ healthy }) => healthy === true);
    stop.abort();
    assert.equal(await ended, 0);
  });

  it("watches in place on a terminal, and leaves the last text standing", async () => {
    const stop = new AbortController();
    const ended = run(["--watch"], { isTTY: true, signal: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, 300);
    const { text } = await ended;
    assert.ok(text.startsWith("\u001b[?1049h"), "on the second screen");
    const [, after_ = ""] = text.split("\u001b[?1049l");
    assert.match(after_, /^prod: .*1 of 1 cluster well/);
  });

  describe("as a process", () => {
    function start(args: readonly string[]) {
      const child = spawn(process.execPath, [path.join(__dirname, "..", "..", "bin", "status.js"), ...args], {
        env: { ...process.env, PATH: `${pulumi.folder}:${process.env["PATH"] ?? ""}` },
      });
      const said = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      return { child, said, ended };
    }

    it("ends with 1 when something isn't well", async () => {
      platform.consul.delete("operations/acme/leader");
      const { said, ended } = start(["--stack=prod"]);
      assert.equal(await ended, 1);
      assert.match(said.stdout, /acme: has no leader/);
      assert.equal(said.stderr, "");
    });

    it("ends with 2 and a sentence, without a stack trace, when it can't be told", async () => {
      const { said, ended } = start(["--jsn"]);
      assert.equal(await ended, 2);
      assert.equal(said.stdout, "");
      assert.match(said.stderr, /^There is no "--jsn". Did you mean --json\?/);
      assert.doesNotMatch(said.stderr, /\n\s+at /);
    });

    it("ends cleanly on Ctrl-C, with what it saw last", async () => {
      const { child, said, ended } = start(["--watch", "--json"]);
      await eventually("a status", () => Promise.resolve(said.stdout.includes("\n") ? true : undefined), {
        timeoutSeconds: 50,
      });
      child.kill("SIGINT");
      assert.equal(await ended, 0);
      assert.equal(said.stderr, "");
    });
  });
});
