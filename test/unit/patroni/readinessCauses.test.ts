import assert from "node:assert/strict";
import type { CauseCode } from "../../../patroni/causes/cause";
import type { Allocation } from "../../../patroni/observed/nomadState";
import type { Snapshot } from "../../../patroni/observed/snapshot";
import { decide } from "../../../patroni/readiness";
import {
  allocation,
  blocked,
  event,
  expectation,
  held,
  memberKey,
  readySnapshot,
  scopeKeys,
  startingSnapshot,
  systemId,
  task,
} from "../../support/snapshots";

const minute = 60_000;

/** The cause after everything has held for a minute, with what it must and must not say. */
function fails(
  name: string,
  code: CauseCode,
  snapshot: Snapshot,
  ...says: readonly (RegExp | string)[]
): void {
  it(name, () => {
    const verdict = decide(expectation, held(minute, { ...snapshot, elapsedMs: 2 * minute }));
    assert(verdict.kind === "failed", JSON.stringify(verdict));
    const { cause } = verdict;
    assert.equal(cause.code, code);
    const text = [cause.headline, ...cause.details, cause.nextCommand].join("\n");
    for (const what of says)
      assert(typeof what === "string" ? text.includes(what) : what.test(text), `${String(what)}\n${text}`);
    assert.doesNotMatch(text, /undefined|\[object|\n\s*at /);
  });
}

/** Waits although the facts have held for so long, by default for ever. */
function waits(name: string, snapshot: Snapshot, heldForMs = minute): void {
  it(name, () => {
    const verdict = decide(expectation, held(heldForMs, { ...snapshot, elapsedMs: 2 * minute }));
    assert.equal(verdict.kind, "waiting", JSON.stringify(verdict));
  });
}

/** The members on node2 and node3 run; the one on node1 is as said. */
function withFirst(more: Partial<Allocation>): Partial<Snapshot> {
  return { allocations: [allocation(1, more), allocation(2), allocation(3)] };
}

function pending(...events: readonly ReturnType<typeof event>[]): Partial<Allocation> {
  return { client: "pending", tasks: [task({ state: "pending", events: [event("Received"), ...events] })] };
}

describe("causes: Consul and Nomad", () => {
  const unreachable = {
    kind: "unreachable",
    message: "Consul at http://127.0.0.1:8500 can't be reached",
  } as const;
  const refused = { kind: "refused", message: "403 Permission denied" } as const;
  const away = startingSnapshot({ consul: { answered: false, problem: unreachable }, keys: undefined });
  fails(
    "Consul out of reach from the start",
    "consul-unreachable",
    away,
    "http://127.0.0.1:8500",
    "consulAddress",
  );
  it("gives it 10 s", () => {
    assert.equal(decide(expectation, { ...away, elapsedMs: 9_900 }).kind, "waiting");
    assert.equal(decide(expectation, { ...away, elapsedMs: 10_100 }).kind, "failed");
  });
  waits(
    "Consul away after it has answered",
    startingSnapshot({ consul: { answered: true, problem: unreachable } }),
  );
  fails(
    "Nomad out of reach from the start",
    "nomad-unreachable",
    startingSnapshot({ nomad: { answered: false, problem: unreachable } }),
    "http://127.0.0.1:4646",
  );
  fails(
    "Consul refuses the token",
    "consul-refused",
    startingSnapshot({ consul: { answered: false, problem: refused } }),
    "CONSUL_HTTP_TOKEN",
  );
  fails(
    "Nomad refuses the token",
    "nomad-refused",
    startingSnapshot({ nomad: { answered: true, problem: refused } }),
    "NOMAD_TOKEN",
  );
  waits(
    "one refusal, which may be a token that hasn't reached every server",
    startingSnapshot({ consul: { answered: false, problem: refused } }),
    1_500,
  );
  fails(
    "no such job",
    "job-absent",
    startingSnapshot({ job: "absent", allocations: [] }),
    "postgres-acme",
    "pulumi up --refresh",
  );
  waits(
    "a server that doesn't know the job yet",
    startingSnapshot({ job: "absent", allocations: [] }),
    2_000,
  );
  fails("the job was stopped", "job-stopped", startingSnapshot({ job: { version: 4, stopped: true } }));
  fails(
    "the job was registered again",
    "job-superseded",
    readySnapshot({ job: { version: 5, stopped: false }, rest: new Map() }),
    "version 5 has replaced version 4",
    "job history",
  );
  waits(
    "a server that still shows the version before",
    startingSnapshot({ job: { version: 3, stopped: false } }),
  );
  const deployment = {
    id: "d1234567890",
    status: "failed",
    description: "Failed due to progress deadline",
    jobVersion: 4,
  };
  fails(
    "Nomad gave the deployment up",
    "deployment-failed",
    startingSnapshot({ deployment, ...withFirst({ client: "failed", tasks: [] }) }),
    "Failed due to progress deadline",
    "d1234567",
  );
  waits(
    "an older deployment failed",
    startingSnapshot({
      deployment: { ...deployment, jobVersion: 3 },
      ...withFirst({ client: "failed", tasks: [] }),
    }),
  );
});

describe("causes: placement", () => {
  const two = { allocations: [allocation(1), allocation(2)] };
  fails(
    "no volume for a member",
    "placement-impossible",
    startingSnapshot({
      ...two,
      evaluations: [blocked()],
      nodes: [
        { node: "node3", reasons: ["has no volume postgres-acme"] },
        { node: "node1", reasons: ["already has a member of this cluster"] },
      ],
    }),
    "no node for 1 member of 3",
    "no free volume of the cluster's on 1 node",
    "node node3: has no volume postgres-acme",
    "volume status",
  );
  const because = (metric: Partial<NonNullable<ReturnType<typeof blocked>["failure"]>>) =>
    startingSnapshot({
      ...two,
      evaluations: [
        blocked({
          failure: {
            nodesEvaluated: 3,
            nodePool: "default",
            constraintFiltered: {},
            dimensionExhausted: {},
            ...metric,
          },
        }),
      ],
    });
  fails(
    "a constraint",
    "placement-impossible",
    because({ constraintFiltered: { "${meta.storage} = ssd": 2 } }),
    "constraint not met (${meta.storage} = ssd) on 2 nodes",
  );
  fails(
    "memory",
    "placement-impossible",
    because({ dimensionExhausted: { memory: 3 } }),
    "memory exhausted on 3 nodes",
    "node status",
  );
  fails(
    "no node in the datacenter",
    "placement-impossible",
    because({ nodesEvaluated: 0, nodePool: "databases" }),
    "no ready node is in the job's datacenters and in node pool databases",
  );
  fails(
    "no Vault on the nodes",
    "placement-impossible",
    because({ constraintFiltered: { "${attr.vault.version} semver >= 0.6.1": 3 } }),
    "no connection to Vault on 3 nodes",
  );
  waits("for the moment", because({ dimensionExhausted: { memory: 3 } }), 4_000);
  waits(
    "while an older allocation stops, which may hold the volume",
    startingSnapshot({
      allocations: [...two.allocations, allocation(3, { jobVersion: 3, desired: "stop" })],
      evaluations: [blocked()],
    }),
  );
  fails(
    "no node for the new version, while the older one runs on",
    "placement-impossible",
    startingSnapshot({
      allocations: [1, 2, 3].map((index) => allocation(index, { jobVersion: 3 })),
      evaluations: [blocked()],
    }),
    "Nomad finds no node for 3 members of 3",
  );
  waits(
    "while an allocation of an earlier life of the job stops",
    startingSnapshot({ ...two, evaluations: [blocked()], stopping: 1 }),
  );
  waits(
    "while Nomad hasn't said yet what still stops",
    startingSnapshot({ ...two, evaluations: [blocked()], stopping: undefined }),
  );
  waits(
    "an evaluation of an earlier registration",
    startingSnapshot({ ...two, evaluations: [blocked({ jobModifyIndex: 899 })] }),
  );
  waits(
    "an evaluation that is through",
    startingSnapshot({ ...two, evaluations: [blocked({ status: "complete" })] }),
  );
});

describe("causes: the image", () => {
  const pull = (message: string) =>
    startingSnapshot(
      withFirst(
        pending(
          event("Driver", "Downloading image"),
          event("Driver Failure", message, 2),
          event("Restarting", "", 3),
        ),
      ),
    );
  const of = (reason: string) =>
    pull(`Failed to pull \`registry.example.net/patroni:x-amd64\`: Error response from daemon: ${reason}`);
  fails(
    "not found",
    "image-not-found",
    of("manifest for registry.example.net/patroni:x-amd64 not found: manifest unknown: manifest unknown"),
    "no image registry.example.net/patroni:x-amd64",
    "node1",
    "alloc status",
  );
  fails(
    "denied",
    "image-denied",
    of(
      'Head "https://registry.example.net/v2/patroni/manifests/x-amd64": unauthorized: authentication required',
    ),
    "denies node node1",
  );
  fails(
    "access denied or absent, as Docker says it",
    "image-denied",
    of("pull access denied for patroni, repository does not exist or may require 'docker login': denied"),
  );
  fails(
    "registry out of reach",
    "registry-unreachable",
    of('Get "http://registry.example.net/v2/": dial tcp 10.0.0.9:5000: connect: connection refused'),
    "doesn't answer it",
  );
  fails(
    "Podman's words",
    "image-not-found",
    pull(
      "rpc error: failed to start task, could not pull image registry.example.net/patroni:x: manifest unknown",
    ),
    "registry.example.net/patroni:x",
  );
  waits("a registry that doesn't answer once", of("dial tcp 10.0.0.9:5000: i/o timeout"), 3_000);
  waits(
    "a pull that failed before the task started after all",
    startingSnapshot(
      withFirst({
        tasks: [
          task({
            events: [event("Driver Failure", "Failed to pull `x`: not found"), event("Started", "", 2)],
          }),
        ],
      }),
    ),
  );
  waits("a pull that failed before the wait began", {
    ...of("manifest unknown"),
    oldEvents: new Map([[allocation(1).id, 5e9]]),
  });
  const firstAt = event("Driver Failure", "", 1).time;
  /** Pulls that failed one after the other, each a second later than the one before; the first before the wait began. */
  const pulls = (number: number) => ({
    ...startingSnapshot(
      withFirst(
        pending(
          ...Array.from({ length: number }, (_, index) =>
            event("Driver Failure", "Failed to pull `x`: manifest unknown", index + 1),
          ),
        ),
      ),
    ),
    oldEvents: new Map([[allocation(1).id, firstAt]]),
  });
  waits("a pull that failed again, but may have been under way when the wait began", pulls(2));
  fails("pulls that go on failing", "image-not-found", pulls(3), "no image x");
  waits(
    "an older version's image",
    startingSnapshot({
      allocations: [
        allocation(1, {
          jobVersion: 3,
          client: "failed",
          tasks: [
            task({
              state: "dead",
              failed: true,
              events: [event("Driver Failure", "Failed to pull `x`: not found")],
            }),
          ],
        }),
        allocation(2),
        allocation(3),
      ],
    }),
  );
});

describe("causes: Vault", () => {
  const missing = pending(
    event("Task Setup"),
    event("Template", "Missing: vault.read(secret/data/postgres/acme)", 3),
  );
  const lookup = (answer: string, attempt: number) =>
    `2026-01-01T08:00:00.000Z [WARN]  agent: (view) vault.read(secret/data/postgres/acme): ${answer} (retry attempt ${attempt} after "1s")`;
  const said = (answer: string, times = 2) =>
    startingSnapshot({
      ...withFirst(missing),
      vaultLookups: [lookup(answer, times)],
    });
  const denied =
    "Error making API request. URL: GET http://127.0.0.1:8200/v1/secret/data/postgres/acme Code: 403. Errors: * permission denied";
  fails(
    "no such secret",
    "vault-secret-missing",
    said("no secret exists at secret/data/postgres/acme"),
    "no Vault secret secret/postgres/acme",
    "vault kv get -mount=secret postgres/acme",
  );
  fails("denied", "vault-denied", said(denied), "denies job postgres-acme");
  fails(
    "out of reach",
    "vault-unreachable",
    said('Get "http://127.0.0.1:8200/v1/x": dial tcp 127.0.0.1:8200: connect: connection refused'),
    "can't reach Vault",
  );
  fails(
    "sealed",
    "vault-unreachable",
    said("Error making API request. Code: 503. Errors: * Vault is sealed"),
  );
  fails(
    "nobody says why",
    "vault-unreadable",
    startingSnapshot(withFirst(missing)),
    "it is missing, or the job's role may not read it",
    "agent:read",
  );
  waits(
    "silence in the clients' logs means that the look-ups succeed",
    startingSnapshot({ ...withFirst(missing), clientLogReadable: true }),
  );
  waits(
    "a task that got its secret and pulls its image",
    startingSnapshot(
      withFirst(
        pending(
          event("Template", "Missing: vault.read(secret/data/postgres/acme)", 3),
          event("Driver", "Downloading image", 4),
        ),
      ),
    ),
  );
  waits("for the first answer", said("no secret exists at secret/data/postgres/acme", 1), 7_000);
  waits("for Vault to come back", said("connection refused"), 5_000);
  waits(
    "once the task has started, whatever was said",
    startingSnapshot({ vaultLookups: [lookup(denied, 2)] }),
  );
  const killed = (message: string) =>
    startingSnapshot(
      withFirst({
        client: "failed",
        tasks: [
          task({ state: "dead", failed: true, events: [event("Received"), event("Killing", message, 2)] }),
        ],
      }),
    );
  fails(
    "a field is absent",
    "vault-secret-incomplete",
    killed(
      'Template failed: (dynamic): execute: template: :4:112: executing "" at <sprig_fail>: error calling sprig_fail: the Vault secret secret/postgres/acme has no field rewind_password',
    ),
    "has no field rewind_password",
  );
  fails(
    "no such role",
    "vault-denied",
    killed(
      'Vault: failed to derive vault token: failed to derive Vault token for identity vault_default: failed to login with JWT: Error making API request. Code: 400. Errors: * role "postgres-acme" could not be found',
    ),
    "token: failed to derive",
    "could not be found",
  );
  fails(
    "Vault gone at the login",
    "vault-unreachable",
    killed(
      "Vault: failed to derive vault token: failed to login with JWT: dial tcp 127.0.0.1:8200: connect: connection refused",
    ),
  );
});

describe("causes: Consul's keys", () => {
  const empty = [1, 2, 3].map((each) =>
    memberKey(each, {
      state: "stopped",
      role: "uninitialized",
      replicationState: undefined,
    }),
  );
  const leftOver = startingSnapshot({
    keys: scopeKeys({ leader: undefined, initialize: systemId, members: empty }),
  });
  fails(
    "an initialize key that nobody has the data of",
    "initialize-left-over",
    leftOver,
    "operations/acme/initialize",
    systemId,
    "consul kv delete -http-addr=http://127.0.0.1:8500 operations/acme/initialize",
  );
  waits("for a moment", leftOver, 1_000);
  waits(
    "while one member bootstraps",
    startingSnapshot({ keys: scopeKeys({ leader: undefined, initialize: "", members: empty }) }),
  );
  waits(
    "while one member, which may have the data, isn't there yet",
    startingSnapshot({ keys: scopeKeys({ leader: undefined, members: empty.slice(0, 2) }) }),
  );
  waits(
    "while one member has data and starts",
    startingSnapshot({
      keys: scopeKeys({
        leader: undefined,
        members: [memberKey(1, { state: "starting", role: "replica" }), ...empty.slice(1)],
      }),
    }),
  );
  waits(
    "while a member copies",
    startingSnapshot({
      keys: scopeKeys({
        leader: undefined,
        members: [memberKey(1, { state: "creating replica", role: "uninitialized" }), ...empty.slice(1)],
      }),
    }),
  );
  waits("with a leader", startingSnapshot({ keys: scopeKeys({ members: empty }) }));

  const stopped = memberKey(1, { state: "stopped", role: "replica", replicationState: undefined });
  const others = [memberKey(2), memberKey(3)];
  const held = startingSnapshot({
    keys: scopeKeys({ leader: undefined, paused: true, members: [stopped, ...others] }),
  });
  fails(
    "a member that isn't started because the cluster is paused",
    "paused",
    held,
    "the cluster is paused, and Patroni starts no PostgreSQL until it is resumed: node1",
    "nobody holds the leader lock",
    "Set patroni.pause to false",
  );
  fails(
    "new members that copy nothing while it is paused",
    "paused",
    startingSnapshot({ keys: scopeKeys({ paused: true, members: [memberKey(1), ...empty.slice(1)] }) }),
    "node2, node3",
  );
  fails(
    "nobody with data that can be seen while it is paused",
    "paused",
    startingSnapshot({ keys: scopeKeys({ leader: undefined, paused: true, members: empty }) }),
  );
  waits("for a while for a member that is stopped in a pause", held, 10_000);
  waits(
    "for a member that is stopped without a pause",
    startingSnapshot({ keys: scopeKeys({ leader: undefined, members: [stopped, ...others] }) }),
  );
});
