import assert from "node:assert/strict";
import type { CauseCode } from "../../../patroni/causes/cause";
import { lastWords } from "../../../patroni/causes/lastWords";
import { message, recentLines, redact } from "../../../patroni/causes/logLines";
import type { Snapshot } from "../../../patroni/observed/snapshot";
import { decide } from "../../../patroni/readiness";
import {
  allocation,
  answers,
  event,
  expectation,
  held,
  leaderStatus,
  log,
  memberKey,
  readySnapshot,
  replicaStatus,
  scopeKeys,
  startingSnapshot,
  task,
} from "../../support/snapshots";

/** A line as Patroni writes it, and one as PostgreSQL does; seconds within one minute. */
const patroni = (second: number, text: string) =>
  `2026-01-01 08:00:${String(second).padStart(2, "0")},123 ${text}`;
const postgres = (second: number, text: string) =>
  `2026-01-01 08:00:${String(second).padStart(2, "0")}.123 UTC [30] ${text}`;

function cause(snapshot: Snapshot) {
  const verdict = decide(expectation, held(60_000, { ...snapshot, elapsedMs: 120_000 }));
  return verdict.kind === "failed" ? verdict.cause : undefined;
}

/** node1 is the leader, node2 streams, node3 doesn't and has written these lines. */
function third(lines: readonly string[], more: Partial<Snapshot> = {}): Snapshot {
  return readySnapshot({
    keys: scopeKeys({ members: [memberKey(1), memberKey(2), memberKey(3, { replicationState: undefined })] }),
    rest: answers(
      leaderStatus({ replication: [{ applicationName: "node2", state: "streaming" }] }),
      replicaStatus(2),
    ),
    logs: [log(3, lines)],
    ...more,
  });
}

function fails(name: string, code: CauseCode, snapshot: Snapshot, ...says: readonly string[]): void {
  it(name, () => {
    const found = cause(snapshot);
    assert.equal(found?.code, code);
    const text = [found.headline, ...found.details, found.nextCommand].join("\n");
    for (const what of says) assert(text.includes(what), `${what}\n${text}`);
    assert.doesNotMatch(text, /undefined/);
  });
}

function waits(name: string, snapshot: Snapshot): void {
  it(name, () => {
    assert.equal(cause(snapshot), undefined);
  });
}

describe("causes in logs: data and WAL", () => {
  const mismatch = patroni(
    1,
    "CRITICAL: system ID mismatch, node node3 belongs to a different cluster: 7423900112345678901 != 7711252474983362590",
  );
  fails(
    "data of another cluster",
    "system-id-mismatch",
    third([mismatch]),
    "Consul says 7423900112345678901, the data says 7711252474983362590",
    "consul kv delete",
  );
  waits(
    "which has been put right since",
    third([mismatch, patroni(9, "INFO: trying to bootstrap from leader 'node1'")]),
  );
  fails(
    "a directory that Patroni may not write",
    "data-not-writable",
    third(["patroni.exceptions.PatroniException: /data/postgres-17 the directory is not writable"]),
    "999:999",
  );
  fails(
    "or initdb",
    "data-not-writable",
    third(['initdb: error: could not access directory "/data/postgres-17": Permission denied']),
  );
  fails(
    "or Python",
    "data-not-writable",
    third(["PermissionError: [Errno 13] Permission denied: '/data/postgres-17'"]),
  );
  const damaged =
    "INFO: data dir for the cluster is not empty, but system ID is invalid; consider doing reinitialize";
  fails(
    "a directory that is no database",
    "data-damaged",
    third([patroni(1, damaged), patroni(3, damaged)]),
    "reinit acme node3",
  );
  waits("said only once", third([patroni(1, damaged)]));
  const full = 'PANIC:  could not write to file "pg_wal/xlogtemp.33": No space left on device';
  fails("a full disk", "disk-full", third([postgres(1, full), postgres(4, full)]), "no space left on node3");

  const started = (second: number) =>
    postgres(second, "LOG:  started streaming WAL from primary at 0/3000000 on timeline 1");
  const removed = (second: number) =>
    postgres(
      second,
      "FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed",
    );
  const noAction = (second: number) =>
    patroni(second, "INFO: no action. I am (node3), a secondary, and following a leader (node1)");
  const stuck = [started(1), removed(1), noAction(3), started(6), removed(6), noAction(8)];
  fails(
    "WAL that the leader no longer has",
    "wal-removed",
    third(stuck),
    "replica node3 needs WAL segment 000000010000000000000003 that node1 no longer has",
    "nomad alloc exec -address=http://127.0.0.1:4646 -task patroni 31111111 /patroni/bin/patronictl -c /secrets/patroni.yml reinit acme node3 --force",
  );
  waits("asked for once", third([started(1), removed(1), noAction(3)]));
  waits(
    "while the replica is copied anew",
    third([...stuck, patroni(9, "INFO: bootstrap from leader 'node1' in progress")]),
  );
  waits("said by a replica that streams", third(stuck, { logs: [log(2, stuck)] }));
  waits(
    "said more than a minute before",
    third([...stuck, "2026-01-01 08:02:00,123 INFO: Lock owner: node1; I am node3"]),
  );
});

describe("causes in logs: starting PostgreSQL", () => {
  const wont = (name: string, lines: readonly string[], ...says: readonly string[]) => {
    fails(name, "parameter-rejected", startingSnapshot({ logs: [log(1, lines)] }), ...says);
  };
  wont(
    "a value that it doesn't know",
    [
      postgres(1, 'LOG:  invalid value for parameter "log_timezone": "Mars/Base"'),
      postgres(1, 'FATAL:  configuration file "/data/postgresql.conf" contains errors'),
    ],
    "because of parameter log_timezone",
    "parameters in the config",
  );
  wont(
    "a value at once fatal",
    [postgres(1, 'FATAL:  invalid value for parameter "wal_level": "most"')],
    "because of parameter wal_level",
  );
  wont(
    "out of range",
    [postgres(1, 'FATAL:  -5 is outside the valid range for parameter "port" (1 .. 65535)')],
    "because of parameter port",
  );
  wont(
    "a parameter that doesn't exist",
    [
      postgres(
        1,
        'LOG:  unrecognized configuration parameter "shard_buffers" in file "/data/postgresql.conf" line 9',
      ),
      postgres(1, 'FATAL:  configuration file "/data/postgresql.conf" contains errors'),
    ],
    "because of parameter shard_buffers",
  );
  wont(
    "a library that isn't there",
    [postgres(1, 'FATAL:  could not access file "nosuch": No such file or directory')],
    "can't load nosuch",
    "shared_preload_libraries",
  );
  wont(
    "too much memory",
    [postgres(1, "FATAL:  could not map anonymous shared memory: Cannot allocate memory")],
    "shared_buffers",
  );
  const library = (second: number) =>
    postgres(second, 'FATAL:  could not access file "nosuch": No such file or directory');
  const ranBefore = { ranBefore: true };
  waits(
    "what may end an attempt from before the change that is waited for",
    startingSnapshot({ logs: [log(1, [library(1)], ranBefore)] }),
  );
  fails(
    "the same again, which is an attempt since the change",
    "parameter-rejected",
    startingSnapshot({ logs: [log(1, [library(1), library(5)], ranBefore)] }),
    "can't load nosuch",
  );
  const attempt = (second: number) => [
    postgres(second, "FATAL:  could not create any TCP/IP sockets"),
    "Traceback (most recent call last):",
    '  File "x.py", line 1, in <module>',
    "subprocess.CalledProcessError: Command returned non-zero exit status 1.",
    patroni(second + 1, "INFO: failed to start postgres"),
  ];
  fails(
    "what has no sign of its own, in PostgreSQL's words",
    "start-failed",
    startingSnapshot({ logs: [log(1, [...attempt(1), ...attempt(4), ...attempt(7)])] }),
    "PostgreSQL on node1 doesn't start: FATAL: could not create any TCP/IP sockets",
    "take that back and run pulumi up again",
  );
  waits(
    "which may pass while it has failed twice",
    startingSnapshot({ logs: [log(1, [...attempt(1), ...attempt(4)])] }),
  );
  waits(
    "a session's own mistake",
    startingSnapshot({
      logs: [log(1, [postgres(1, 'ERROR:  invalid value for parameter "work_mem": "much"')])],
    }),
  );
  waits(
    "a reload that goes on without",
    startingSnapshot({
      logs: [log(1, [postgres(1, 'LOG:  invalid value for parameter "work_mem": "much"')])],
    }),
  );
  waits(
    "one that started after all",
    startingSnapshot({
      logs: [
        log(1, [
          postgres(1, 'FATAL:  could not access file "x": No such file or directory'),
          postgres(9, "LOG:  database system is ready to accept connections"),
        ]),
      ],
    }),
  );
  waits(
    "what stood there before the wait began",
    startingSnapshot({
      logs: [
        log(1, [], {
          tail: [postgres(1, "FATAL:  could not map anonymous shared memory: Cannot allocate memory")],
        }),
      ],
    }),
  );
  waits(
    "an older version's complaint",
    startingSnapshot({
      allocations: [allocation(1, { jobVersion: 3 }), allocation(2), allocation(3)],
      logs: [log(1, [postgres(1, "FATAL:  could not map anonymous shared memory: Cannot allocate memory")])],
    }),
  );
});

describe("causes in logs: reaching others", () => {
  const denied =
    "consul.exceptions.ACLPermissionDenied: Permission denied: token with AccessorID 'anonymous' lacks permission 'session:write' on \"node1\"";
  fails(
    "Consul refuses the member's token",
    "member-consul-denied",
    startingSnapshot({ logs: [log(1, [denied, denied])] }),
    "operations/acme/",
    "lacks permission",
  );
  waits("once", startingSnapshot({ logs: [log(1, [denied])] }));
  const refused = patroni(
    11,
    "ERROR: Consul's auth method nomad-tasks refused this task's identity: Permission denied",
  );
  fails(
    "Consul refuses the member's login",
    "member-consul-denied",
    startingSnapshot({ logs: [log(1, [refused, refused])] }),
    "binding rule postgres-acme",
    "refused this task's identity",
  );
  const unreachable = patroni(
    11,
    "WARNING: Retry got exception: HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /v1/session/create (Caused by NewConnectionError('Connection refused'))",
  );
  fails(
    "no Consul agent",
    "member-consul-unreachable",
    startingSnapshot({ logs: [log(1, [unreachable])] }),
    "the Consul agent on node node1",
    "platform.consul.agentAddress",
  );
  waits(
    "an agent that went away from a member which had one",
    readySnapshot({ logs: [log(1, [unreachable])], rest: new Map() }),
  );
  waits(
    "an agent that came back",
    startingSnapshot({
      logs: [log(1, [unreachable, patroni(12, "INFO: trying to bootstrap a new cluster")])],
    }),
  );
  const turned =
    'pg_basebackup: error: connection to server at "127.0.0.11", port 20001 failed: FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.3", user "replicator", no encryption';
  fails(
    "the leader turns a replica away",
    "replication-refused",
    third([turned, turned]),
    "node1 turns node3 away",
    "networks.replication",
  );
});

describe("causes in deaths", () => {
  const dead = (more: Partial<ReturnType<typeof task>>) => [
    allocation(1, { tasks: [task({ state: "pending", ...more })] }),
    allocation(2),
    allocation(3),
  ];
  const end = (second: number) => [
    event("Started", "", second),
    event("Terminated", "Exit Code: 1", second + 1),
    event("Restarting", "", second + 2),
  ];
  const words = [
    "Traceback (most recent call last):",
    '  File "x.py", line 1, in <module>',
    "ValueError: bad thing",
  ];
  fails(
    "three ends",
    "task-died",
    startingSnapshot({
      allocations: dead({ restarts: 3, events: [...end(1), ...end(4), ...end(7)] }),
      logs: [log(1, words, { deaths: 3 })],
    }),
    "has ended 3 times: ValueError: bad thing",
    "alloc logs",
  );
  fails(
    "two ends with the same words",
    "task-died",
    startingSnapshot({
      allocations: dead({ restarts: 2, events: [...end(1), ...end(4)] }),
      logs: [log(1, [...words, ...words], { deaths: 2 })],
    }),
    "ValueError: bad thing",
  );
  waits(
    "two ends with different words",
    startingSnapshot({
      allocations: dead({ restarts: 2, events: [...end(1), ...end(4)] }),
      logs: [log(1, ["FATAL:  one", ...words], { deaths: 2 })],
    }),
  );
  waits(
    "one end",
    startingSnapshot({
      allocations: dead({ restarts: 1, events: end(1) }),
      logs: [log(1, words, { deaths: 1 })],
    }),
  );
  waits(
    "ends before the wait began",
    startingSnapshot({
      allocations: dead({ restarts: 3, events: [...end(1), ...end(4), ...end(7)] }),
      oldEvents: new Map([[allocation(1).id, 9e9]]),
    }),
  );
  const gone = {
    state: "dead",
    failed: true,
    restarts: 0,
    events: [
      event("Started"),
      event("Terminated", "Exit Code: 127", 2),
      event("Not Restarting", "Policy allows no restarts", 3),
    ],
  } as const;
  fails(
    "one end for good",
    "task-died",
    startingSnapshot({
      allocations: dead(gone),
      logs: [log(1, ["exec /patroni: no such file"], { deaths: 1 })],
    }),
    "exec /patroni: no such file",
  );
  fails(
    "one end for good without a log",
    "task-died",
    startingSnapshot({ allocations: dead(gone) }),
    "Exit Code: 127",
  );
  fails(
    "killed for want of memory",
    "out-of-memory",
    startingSnapshot({
      allocations: dead({ ...gone, events: [event("Terminated", "Exit Code: 137", 2, { oomKilled: true })] }),
    }),
    "resources.memory",
  );
  fails(
    "a setup that fails",
    "setup-failed",
    startingSnapshot({
      allocations: dead({
        state: "dead",
        failed: true,
        events: [
          event("Setup Failure", 'failed to setup alloc: pre-run hook "consul" failed: no auth method'),
        ],
      }),
    }),
    "no auth method",
  );
  fails(
    "old ends count once nothing has run for 10 s",
    "task-died",
    startingSnapshot({
      allocations: [allocation(1, { client: "failed", tasks: [task(gone)] })],
      oldEvents: new Map([[allocation(1).id, 9e9]]),
    }),
  );
});

describe("last words", () => {
  const cases: readonly [string, readonly string[], string | undefined][] = [
    ["nothing", [], undefined],
    [
      "a traceback's last line",
      ["Traceback (most recent call last):", '  File "a", line 1', "    x()", "ValueError: bad", ""],
      "ValueError: bad",
    ],
    [
      "the last of chained tracebacks",
      [
        "Traceback (most recent call last):",
        "  a",
        "OSError: one",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        "  b",
        "patroni.exceptions.PatroniException: two",
      ],
      "patroni.exceptions.PatroniException: two",
    ],
    [
      "PostgreSQL's FATAL behind Patroni's",
      [
        postgres(1, "FATAL:  data directory has wrong ownership"),
        "Traceback (most recent call last):",
        "  a",
        "patroni.exceptions.PatroniFatalException: Failed to bootstrap cluster",
      ],
      "FATAL: data directory has wrong ownership",
    ],
    [
      "not the passing ones",
      [postgres(1, "FATAL:  lock file is taken"), postgres(2, "FATAL:  the database system is starting up")],
      "FATAL: lock file is taken",
    ],
    [
      "Patroni's CRITICAL",
      [
        patroni(1, "CRITICAL: Can't start; there is already a node named 'x' running"),
        patroni(2, "INFO: bye"),
      ],
      "CRITICAL: Can't start; there is already a node named 'x' running",
    ],
    [
      "an error where nothing is fatal",
      ["initdb: error: no room", "child process exited with exit code 1"],
      "initdb: error: no room",
    ],
    ["the last line where nothing is an error", ["Config is empty.", ""], "Config is empty."],
  ];
  for (const [name, lines, expected] of cases) {
    it(name, () => {
      assert.equal(lastWords(lines), expected);
    });
  }
});

describe("log lines", () => {
  it("lose time, process and blanks", () => {
    assert.equal(message(postgres(1, "FATAL:  a   b ")), "FATAL: a b");
    assert.equal(message("2026-01-01 08:00:01.123 CET [12-3] postgres@app ERROR:  x"), "ERROR: x");
    assert.equal(message(patroni(1, "INFO: x")), "INFO: x");
  });
  it("lose passwords and tokens, and nothing else", () => {
    assert.equal(redact("host=x password=hunter2 user=y"), "host=x password=*** user=y");
    assert.equal(redact("PGPASSWORD='a b' x"), "PGPASSWORD=*** x");
    assert.equal(
      redact(`{"password": "a", "user": "b", 'rewind_password': 'c'}`),
      `{"password": ***, "user": "b", 'rewind_password': ***}`,
    );
    assert.equal(redact("postgres://me:hunter2@host/db"), "postgres://me:***@host/db");
    assert.equal(
      redact("failed to derive vault token: failed to login"),
      "failed to derive vault token: failed to login",
    );
  });
  it("are recent by the log's own clock", () => {
    const lines = ["2026-01-01 08:00:00,000 a", "no stamp", "2026-01-01 08:05:00,000 b", "no stamp either"];
    assert.deepEqual(recentLines(lines, 60_000), lines.slice(2));
    assert.deepEqual(recentLines(["x", "y"], 1), ["x", "y"]);
  });
});
