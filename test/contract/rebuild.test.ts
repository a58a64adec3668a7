import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithPython, PythonRun } from "../support/python";
import { ScriptedServer, type Said } from "../support/scriptedServer";
import { eventually } from "../support/waiting";

const controlData = `Database system identifier:           77
Latest checkpoint location:           0/2000080
Latest checkpoint's TimeLineID:       1
Minimum recovery ending location:     0/3000120
Min recovery ending loc's timeline:   1
`;

const leads = {
  role: "primary",
  state: "running",
  timeline: 1,
  xlog: { location: 0x9000000 },
  patroni: { name: "node1" },
};
const replica = {
  role: "replica",
  state: "running",
  timeline: 1,
  xlog: { received_location: 0x3000000, replayed_location: 0x3000000 },
  patroni: { name: "node2" },
};
const segment =
  "FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 3 has already been removed";

/** Only the second tells why the member is stuck; the last is what was said of it before. */
const lastWords = [
  "2026-11-23 09:00:00.000 UTC [6] FATAL:  the database system is starting up",
  `2026-11-23 10:00:00.000 UTC [7] ${segment}`,
  "2026-11-23 10:00:01.000 UTC [8] ERROR:  duplicate key value violates unique constraint",
  `2026-11-23 10:00:02,000 WARNING: rebuild of node2: its log: 2026-11-23 10:00:00.000 UTC [7] ${segment}`,
  "",
].join("\n");

describeWithPython("the rebuild of a stuck member, with a scripted Patroni", function () {
  this.slow(5000);
  this.timeout(60_000);
  let own: ScriptedServer;
  let leader: ScriptedServer;
  let folder: string;
  let run: PythonRun | undefined;
  /** What the member and its cluster say, from one look to the next. */
  let says: {
    own: object;
    config: object;
    leader: Said;
    reinitialize: Said;
    sees: readonly object[];
    state: string;
  };

  beforeEach(async () => {
    own = await ScriptedServer.start();
    leader = await ScriptedServer.start();
    folder = mkdtempSync(join(tmpdir(), "rebuild-"));
    says = {
      own: replica,
      config: { rebuild_stuck_after: 0.5 },
      leader: { body: leads },
      reinitialize: { body: "reinitialize started" },
      sees: [],
      state: "streaming",
    };
    const member = (name: string, role: string, state: string, url: string) => ({
      ...{ name, role, state, host: "127.0.0.1", port: 5432 },
      api_url: `${url}/patroni`,
    });
    own.play({
      "GET /patroni": () => ({ body: { ...says.own, dcs_last_seen: Date.now() / 1000 } }),
      "GET /cluster": () => ({
        body: {
          members: [
            member("node1", "leader", "running", leader.address),
            member("node2", "replica", "running", own.address),
            member("node3", "replica", says.state, own.address),
          ],
        },
      }),
      "GET /config": () => ({ body: says.config }),
      "POST /reinitialize": () => says.reinitialize,
    });
    leader.play({
      "GET /primary": () => ({ ...says.leader, body: { ...leads, replication: says.sees } }),
    });
    program("pg_controldata", `cat <<'E'\n${controlData}E`);
    program("psql", `[ "$PGPASSWORD" = "it's secret" ] && echo '77|1|0/9000000|'`);
    mkdirSync(join(folder, "logs"));
    writeFileSync(join(folder, "logs", "patroni.stderr.2"), "FATAL:  long ago\n");
    writeFileSync(join(folder, "logs", "patroni.stderr.10"), lastWords);
  });
  afterEach(async () => {
    run?.signal("SIGKILL");
    await run?.end();
    run = undefined;
    for (const server of [own, leader]) server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Puts a shell script in the place of one of PostgreSQL's programs. */
  function program(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const marker = (): string => join(folder, "postgres-17.rebuilt.json");

  /** Runs it with times that are a fraction of its own. */
  function start(): PythonRun {
    const postgresql = {
      data_dir: join(folder, "postgres-17"),
      bin_dir: folder,
      authentication: { replication: { username: "replicator", password: "it's secret" } },
    };
    const code = `
import json, logging, sys
import rebuild, stuckfacts
rebuild.LOOK_SECONDS, rebuild.NOTICE_SECONDS, rebuild.REPEAT_SECONDS, rebuild.SETTLED_SECONDS = 0.05, 0.1, 0.4, 1
logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.INFO, stream=sys.stderr)
postgresql = json.loads(sys.stdin.read())
def start():
    return rebuild.Rebuild(
        rebuild.Members("${own.address}"),
        rebuild.Marker(postgresql["data_dir"]),
        lambda look: stuckfacts.gather(look, postgresql),
    )
rebuild.look_after(start)
`;
    const env = { NOMAD_ALLOC_DIR: folder, NOMAD_TASK_NAME: "patroni" };
    run = new PythonRun({ code }, { input: JSON.stringify(postgresql), env });
    return run;
  }

  function asked(): readonly unknown[] {
    return own.heard.filter(({ method }) => method === "POST").map(({ path, body }) => [path, body]);
  }

  async function until(pattern: RegExp): Promise<string> {
    const look = async (saw: (state: unknown) => void): Promise<string | undefined> => {
      const output = run?.output ?? "";
      saw(output);
      return Promise.resolve(pattern.test(output) ? output : undefined);
    };
    return eventually(String(pattern), look, { timeoutSeconds: 30, intervalMilliseconds: 20 });
  }

  /** Waits until the member was looked at so many times more. */
  async function looks(number: number): Promise<void> {
    const before = own.heard.filter(({ path }) => path === "/patroni").length;
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const now = own.heard.filter(({ path }) => path === "/patroni").length;
      saw(now - before);
      return Promise.resolve(now - before >= number ? true : undefined);
    };
    await eventually(`${number} looks`, look, { timeoutSeconds: 30, intervalMilliseconds: 20 });
  }

  it("says that the member is stuck, then why, and asks Patroni once; the note outlives it", async () => {
    start();
    const output = await until(/reinitialize started/);
    assert.match(
      output,
      /WARNING: stuck: node2 since \S+ \S+ UTC: it doesn't stream from node1; rebuilds itself at \S+ \S+ UTC\n/,
    );
    assert.match(
      output,
      new RegExp(
        [
          "WARNING: rebuild of node2: stuck since \\S+ \\S+ UTC, for \\d+ s: it doesn't stream from node1",
          "WARNING: rebuild of node2: leader node1: timeline 1, LSN 0/9000000, system identifier 77",
          "WARNING: rebuild of node2: node2: timeline 1, received 0/3000000, replayed 0/3000000, safe in its data 0/3000120, system identifier 77",
          "WARNING: rebuild of node2: its log: 2026-11-23 10:00:00.000 UTC \\[7\\] FATAL:  could not receive .* already been removed",
          "WARNING: rebuild of node2: its data is deleted, and node1's copied in its place",
        ].join("\n"),
      ),
    );
    const again = await until(/isn't rebuilt: it was once already, and got stuck again/);
    assert.match(again, /before the rebuild of node2: leader node1: timeline 1, LSN 0\/9000000/);
    assert.deepEqual(asked(), [["/reinitialize", { force: true, from_leader: true }]]);
    run?.signal("SIGKILL");
    await run?.end();
    start();
    await until(/got stuck again/);
    assert.equal(asked().length, 1);
  });

  it("may be rebuilt another time once it has followed for long enough", async () => {
    writeFileSync(marker(), JSON.stringify({ evidence: ["of before"] }));
    says = { ...says, own: { ...replica, replication_state: "streaming" } };
    says.sees = [{ application_name: "node2", state: "streaming" }];
    start();
    await until(/node2 has followed for 1 s since its rebuild/);
    assert.ok(!existsSync(marker()));
    assert.deepEqual(asked(), []);
  });

  it("asks nobody else while its member follows", async () => {
    says = { ...says, own: { ...replica, replication_state: "streaming" } };
    says.sees = [{ application_name: "node2", state: "streaming" }];
    start();
    await looks(3);
    own.heard.splice(0);
    await looks(3);
    assert.deepEqual(new Set(own.heard.map(({ path }) => path)), new Set(["/patroni"]));
  });

  it("deletes nothing where the leader lets nobody copy its data", async () => {
    program("psql", `echo >&2 'FATAL:  no pg_hba.conf entry for replication connection'; exit 2`);
    start();
    await until(
      /isn't rebuilt: node1 lets nobody copy its data: FATAL: no pg_hba.conf entry for replication connection\n/,
    );
    await until(/WARNING: stuck: node2: leader node1: timeline 1/);
    assert.deepEqual(asked(), []);
    assert.ok(!existsSync(marker()));
  });

  it("deletes nothing that it couldn't note", async () => {
    mkdirSync(`${marker()}.new`);
    start();
    await until(/isn't rebuilt: it couldn't be noted/);
    assert.deepEqual(asked(), []);
  });

  it("deletes nothing while the dynamic configuration has no limit", async () => {
    says.config = {};
    start();
    await until(/isn't rebuilt: rebuild_stuck_after isn't set/);
    await looks(20);
    assert.deepEqual(asked(), []);
  });

  it("leaves the leader to another member that copies its data, and comes after", async () => {
    says.state = "creating replica";
    start();
    await until(/rebuilds itself later: node3 copies the leader's data at the moment/);
    assert.deepEqual(asked(), []);
    says.state = "streaming";
    await until(/reinitialize started/);
  });

  it("doesn't act while the leader doesn't answer as one", async () => {
    says.leader = { status: 503 };
    start();
    await looks(25);
    assert.equal(run?.output, "");
    assert.deepEqual(asked(), []);
  });

  it("tries again where Patroni refuses, since nothing was begun", async () => {
    says.reinitialize = { status: 503, body: "restart already in progress" };
    start();
    await until(
      /Patroni refuses: restart already in progress\n[^]*Patroni refuses: restart already in progress\n/,
    );
    assert.ok(!existsSync(marker()));
  });

  it("notes the evidence before it asks", async () => {
    let noted = "";
    own.play({
      "GET /patroni": () => ({ body: { ...says.own, dcs_last_seen: Date.now() / 1000 } }),
      "GET /cluster": () => ({
        body: {
          members: [
            {
              name: "node1",
              role: "leader",
              state: "running",
              api_url: `${leader.address}/patroni`,
              host: "h",
              port: 1,
            },
            { name: "node2", role: "replica", state: "running", api_url: `${own.address}/patroni` },
          ],
        },
      }),
      "GET /config": () => ({ body: says.config }),
      "POST /reinitialize": () => {
        noted = readFileSync(marker(), "utf8");
        return says.reinitialize;
      },
    });
    start();
    await until(/reinitialize started/);
    assert.match(noted, /leader node1: timeline 1, LSN 0\/9000000/);
  });
});
