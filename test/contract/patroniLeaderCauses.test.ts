import assert from "node:assert/strict";
import { PlatformDouble, systemId } from "../support/doubles/platformDouble";
import type { NomadAllocation } from "../support/doubles/nomadDouble";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { leaderInputs } from "../support/leaderCalls";
import { failureOf } from "../support/providerCall";
import type { Wire } from "../support/pluginClient";

/** Where nothing listens. A double's own port, once it is free, may be the next world's. */
const nowhere = "http://127.0.0.204:1023";

/** A world in which the cluster can't become ready, and what the failure says. */
interface BrokenWorld {
  readonly name: string;
  /** Brings it about; called before the wait begins. */
  readonly before?: (platform: PlatformDouble) => unknown;
  /** Called once the wait has looked for the first time: what happens then is news. */
  readonly after?: (platform: PlatformDouble) => unknown;
  readonly inputs?: object;
  readonly says: readonly RegExp[];
}

/** node1's allocation as said, the others as they should be. */
function first(platform: PlatformDouble, more: Partial<NomadAllocation>, logs: readonly string[] = []): void {
  const allocations = [platform.allocation(1, more), platform.allocation(2), platform.allocation(3)];
  platform.nomad.update({ version: 4, allocations, logs: { [platform.allocation(1).id]: logs } });
}

const failing = (DisplayMessage: string, Type = "Driver Failure") => ({
  client: "pending",
  events: [{ Type: "Received" }, { Type, DisplayMessage }],
});

/** node1 has written this. */
const wrote =
  (...lines: string[]) =>
  (platform: PlatformDouble) => {
    first(platform, {}, lines);
  };

const waitsForVault = {
  client: "pending",
  events: [{ Type: "Template", DisplayMessage: "Missing: vault.read(secret/data/postgres/acme)" }],
};
const lookup = (answer: string) =>
  `2026-01-01T08:00:00.000Z [WARN]  agent: (view) vault.read(secret/data/postgres/acme): ${answer} (retry attempt 2 after "500ms")`;

/** Nomad finds no place for node3's member. */
function noPlaceForOne(platform: PlatformDouble): void {
  platform.run();
  platform.nomad.update({
    allocations: [platform.allocation(1), platform.allocation(2)],
    evaluations: [
      {
        ID: "e",
        Status: "blocked",
        JobModifyIndex: 900,
        FailedTGAllocs: {
          members: { NodesEvaluated: 3, ConstraintFiltered: { "missing compatible host volumes": 1 } },
        },
      },
    ],
    nodes: [
      {
        ID: "id-of-node3",
        Name: "node3",
        Datacenter: "dc1",
        Status: "ready",
        SchedulingEligibility: "ineligible",
      },
    ],
  });
}

const noPlaceSaid = [
  /no node for 1 member of 3: no free volume/,
  /node node3: is set ineligible/,
  /nomad volume status/,
];

const worlds: readonly BrokenWorld[] = [
  {
    name: "Consul can't be reached",
    inputs: { consulAddress: nowhere },
    says: [/Consul at http:\S+ \(consulAddress in the config\) can't be reached/, /ECONNREFUSED/],
  },
  {
    name: "Nomad can't be reached",
    inputs: { nomadAddress: nowhere },
    says: [/Nomad at http:\S+ \(nomadAddress in the config\) can't be reached/],
  },
  {
    name: "Consul refuses the token",
    before: (platform) => (platform.consul.token = "another"),
    says: [/refuses the token in CONSUL_HTTP_TOKEN/, /operations\/acme\//],
  },
  {
    name: "Consul hides the keys from the token, and lists none",
    before: (platform) => (platform.consul.mayRead = () => false),
    says: [/refuses the token in CONSUL_HTTP_TOKEN/, /operations\/acme\//],
  },
  {
    name: "Nomad refuses the token",
    before: (platform) => (platform.nomad.token = "another"),
    says: [/refuses the token in NOMAD_TOKEN/],
  },
  {
    name: "the job isn't there",
    before: ({ nomad }) => {
      nomad.update({ absent: true });
    },
    says: [/Nomad has no job postgres-acme/],
  },
  {
    name: "the job is stopped",
    before: ({ nomad }) => {
      nomad.update({ version: 4, stopped: true });
    },
    says: [/job postgres-acme has been stopped/],
  },
  {
    name: "somebody registers the job again",
    after: (platform) => {
      platform.run(5);
    },
    says: [/version 5 has replaced version 4/],
  },
  {
    name: "no node for a member",
    before: noPlaceForOne,
    says: noPlaceSaid,
  },
  {
    name: "no node for a member, and Nomad tells of its nodes only once",
    before: (platform) => {
      noPlaceForOne(platform);
      const told = new Set<string>();
      platform.nomad.fails = (path) => {
        const again = told.has(path);
        told.add(path);
        return again && path.startsWith("/v1/node");
      };
    },
    says: noPlaceSaid,
  },
  {
    name: "the image isn't there",
    before: (platform) => {
      platform.run();
    },
    after: (platform) => {
      first(
        platform,
        failing("Failed to pull `reg/patroni:x`: manifest for reg/patroni:x not found: manifest unknown"),
      );
    },
    says: [/the registry has no image reg\/patroni:x, which node node1 asks for/],
  },
  {
    name: "the registry doesn't answer",
    before: (platform) => {
      platform.run();
    },
    after: (platform) => {
      first(
        platform,
        failing("Failed to pull `reg/patroni:x`: dial tcp 10.0.0.1:5000: connect: connection refused"),
      );
    },
    says: [/node node1 can't pull reg\/patroni:x: the registry doesn't answer it/],
  },
  {
    name: "the secret isn't there",
    before: (platform) => {
      platform.nomad.clientLog = [
        lookup("no secret exists at secret/data/postgres/acme"),
        lookup("no secret exists at secret/data/postgres/acme"),
        "",
      ];
    },
    after: (platform) => {
      first(platform, waitsForVault);
    },
    says: [/there is no Vault secret secret\/postgres\/acme/, /vault kv get -mount=secret postgres\/acme/],
  },
  {
    name: "the secret is denied",
    before: (platform) => {
      platform.nomad.clientLog = [
        `${lookup("Error making API request.")}\n\nCode: 403. Errors:\n* permission denied`,
        `${lookup("Error making API request.")}\n\nCode: 403. Errors:\n* permission denied`,
      ];
    },
    after: (platform) => {
      first(platform, waitsForVault);
    },
    says: [/Vault denies job postgres-acme the secret secret\/postgres\/acme/],
  },
  {
    name: "the secret can't be had, and Nomad's log may not be read",
    before: (platform) => {
      platform.nomad.clientLog = undefined;
    },
    after: (platform) => {
      first(platform, waitsForVault);
    },
    says: [/it is missing, or the job's role may not read it/, /agent:read/],
  },
  {
    name: "Vault can't be reached",
    after: (platform) => {
      first(
        platform,
        failing(
          "Vault: failed to derive vault token: dial tcp 127.0.0.1:8200: connect: connection refused",
          "Killing",
        ),
      );
    },
    says: [/the Nomad clients can't reach Vault/],
  },
  {
    name: "a setup that fails",
    after: (platform) => {
      first(platform, {
        ...failing("failed to setup alloc: pre-run hook failed", "Setup Failure"),
        client: "failed",
      });
    },
    says: [/Nomad can't set the member up on node1/, /pre-run hook failed/],
  },
  {
    name: "PostgreSQL refuses a parameter",
    after: wrote('2026-01-01 08:00:00.000 UTC [9] FATAL:  invalid value for parameter "wal_level": "x"'),
    says: [/won't start because of parameter wal_level/],
  },
  {
    name: "data of another cluster",
    after: wrote(
      "2026-01-01 08:00:00,000 CRITICAL: system ID mismatch, node node1 belongs to a different cluster: 7423900112345678901 != 7711252474983362590",
    ),
    says: [/written by another cluster/],
  },
  {
    name: "a data directory that can't be written",
    after: wrote("patroni.exceptions.PatroniException: /data/postgres-17 the directory is not writable"),
    says: [/can't write its data directory/],
  },
  {
    name: "Consul refuses the member's token",
    after: wrote(
      "consul.exceptions.ACLPermissionDenied: Permission denied",
      "consul.exceptions.ACLPermissionDenied: Permission denied",
    ),
    says: [/Consul refuses node1/],
  },
  {
    name: "the member's Consul agent doesn't answer",
    after: wrote(
      "2026-01-01 08:00:00,000 WARNING: Retry got exception: Max retries exceeded with url: /v1/session/create",
    ),
    says: [/the Consul agent on node node1 can't be reached/],
  },
  {
    name: "a replica whose WAL is gone",
    before: (platform) => {
      platform.ready();
      platform.lead([2]);
    },
    after: (platform) => {
      const line =
        "FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed";
      platform.register(3, { state: "running", role: "replica", timeline: 1 });
      platform.nomad.update({ logs: { [platform.allocation(3).id]: [line, line] } });
    },
    says: [
      /replica node3 needs WAL segment 000000010000000000000003 that node1 no longer has/,
      /patronictl -c \/secrets\/patroni\.yml reinit acme node3 --force/,
    ],
  },
  {
    name: "an initialize key that is left over",
    before: (platform) => {
      platform.run();
      platform.consul.put("operations/acme/initialize", systemId);
      for (const number of [1, 2, 3]) platform.register(number, { state: "stopped", role: "uninitialized" });
    },
    says: [
      /operations\/acme\/initialize speaks of a cluster whose data no member sees/,
      /consul kv delete -http-addr=http:\S+ operations\/acme\/initialize/,
    ],
  },
  {
    name: "a task that keeps ending",
    after: (platform) => {
      const ends = [1, 2].flatMap(() => [
        { Type: "Started" },
        { Type: "Terminated", DisplayMessage: "Exit Code: 1", Details: { exit_code: "1" } },
      ]);
      first(platform, { client: "pending", restarts: 2, events: ends }, [
        "ValueError: bad thing",
        "ValueError: bad thing",
      ]);
    },
    says: [/the member on node1 has ended 2 times: ValueError: bad thing/, /nomad alloc logs/],
  },
  {
    name: "Nomad gives the deployment up",
    after: (platform) => {
      first(platform, { client: "failed", taskState: "dead", events: [] });
      platform.nomad.update({
        deployment: {
          ID: "d1234567-0",
          Status: "failed",
          StatusDescription: "Failed due to progress deadline",
          JobVersion: 4,
        },
      });
    },
    says: [/given up the deployment of job postgres-acme version 4/, /progress deadline/],
  },
  {
    name: "nothing happens at all",
    before: (platform) => {
      platform.run();
    },
    inputs: { timeoutSeconds: 8 },
    says: [/not ready after 8 s, 0 of 3 members are: node1, node2 and node3 are starting Patroni/],
  },
];

describe("PatroniLeader names why a cluster can't become ready, long before its deadline", function () {
  this.timeout(120_000);
  let provider: DynamicProvider;
  const failures = new Map<string, Promise<string>>();

  // All at once: most of them take the seconds for which a cause must stand.
  before(async () => {
    provider = await DynamicProvider.start({ CONSUL_HTTP_TOKEN: "c", NOMAD_TOKEN: "n" });
    for (const world of worlds) {
      const platform = await new PlatformDouble().start();
      await world.before?.(platform);
      const inputs = await leaderInputs(platform, { timeoutSeconds: 90, ...world.inputs });
      failures.set(world.name, failure(provider, world, platform, inputs));
    }
    await Promise.allSettled(failures.values());
  });
  after(() => {
    provider.kill();
  });

  for (const { name, says } of worlds) {
    it(name, async () => {
      const message = (await failures.get(name)) ?? "";
      assert.match(message, /^cluster acme: /);
      for (const pattern of says) assert.match(message, pattern);
      assert.doesNotMatch(message, /undefined|\[object|\n\s+at /);
    });
  }
});

async function failure(
  provider: DynamicProvider,
  world: BrokenWorld,
  platform: PlatformDouble,
  inputs: Wire,
): Promise<string> {
  try {
    const failed = failureOf(provider.create(inputs));
    if (world.after !== undefined) {
      await firstLook(platform);
      await world.after(platform);
    }
    return (await failed).message;
  } finally {
    await platform.stop();
  }
}

/** The wait has asked for the allocations, been answered, and asks for what changes. */
async function firstLook(platform: PlatformDouble): Promise<void> {
  const asked = () =>
    platform.nomad.heard.some(({ path, query }) => path.endsWith("/allocations") && query.has("index"));
  for (const deadline = Date.now() + 20_000; !asked();) {
    if (Date.now() > deadline) throw new Error("the wait never asked for the allocations a second time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
