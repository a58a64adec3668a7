import assert from "node:assert/strict";
import { loadConfig } from "../../../config/load";
import { ConfigError } from "../../../config/problem";
import { accessCases } from "./cases/access";
import { name, size } from "./cases/case";
import { clusterCases, storageCases } from "./cases/clusters";
import { databaseCases } from "./cases/databases";
import { nameCases, topLevelCases } from "./cases/names";
import { credentialCases, parameterCases } from "./cases/parameters";
import { networkCases, placementCases } from "./cases/places";
import { platformCases } from "./cases/platforms";
import { machineWith, problemLines, sourceOf, stackWith, type RawConfig } from "./sources";

describe("a config with something wrong", () => {
  const groups = {
    "at the top": topLevelCases,
    "in a name": nameCases,
    "in a cluster": clusterCases,
    "in storage": storageCases,
    "in placement": placementCases,
    "in networks": networkCases,
    "in parameters": parameterCases,
    "in credentials": credentialCases,
    "in databases and roles": databaseCases,
    "in access": accessCases,
    "in the platform": platformCases,
  };
  for (const [where, cases] of Object.entries(groups)) {
    describe(where, () => {
      for (const { title, raw, lines } of cases) {
        it(`is refused: ${title}`, () => {
          assert.deepEqual(problemLines(raw), lines);
        });
      }
    });
  }

  it("has no conclusions drawn from what is wrong by itself", () => {
    const settings = {
      members: 0,
      patroni: { ttlSecond: 40, loopWaitSeconds: 15, synchronousMode: "on" },
      parameters: { max_connections: 3, shared_buffers: "lots" },
    };
    assert.deepEqual(problemLines(stackWith({ acme: settings })), [
      "tenants.acme.members: found 0; allowed: a whole number from 1 to 100.",
      "tenants.acme.parameters.max_connections: found 3; allowed: a whole number from 25 to 262143.",
      'tenants.acme.parameters.shared_buffers: found "lots"; allowed: a whole number from 16 to 1073741823 in units of 8kB, or with a unit behind it: B, kB, MB, GB or TB.',
      "tenants.acme.patroni.ttlSecond: unknown key `ttlSecond`; did you mean `ttlSeconds`?",
    ]);
  });

  it("is refused when it holds a secret, whose value is not shown", () => {
    const raw = { ...stackWith({ acme: { password: "hunter2" } }), nomadAddress: "hunter2" };
    const nothingIsSecret =
      "found a secret; allowed: plain values. No setting is a secret: passwords are generated, or read from Vault where `credentials.existing` says so.";
    assert.deepEqual(problemLines(raw, { secretKeys: ["nomadAddress", "tenants"] }), [
      `nomadAddress: ${nothingIsSecret}`,
      `tenants: ${nothingIsSecret}`,
    ]);
  });

  it("is refused where the machine has no platform of its own", () => {
    const raw = stackWith({}, { image: { platforms: ["native"] } });
    assert.deepEqual(problemLines(raw, { machine: machineWith({}, "riscv64") }), [
      "platform.image.platforms: found `native` on a machine of architecture riscv64; allowed: `linux/amd64`, `linux/arm64`.",
    ]);
  });
});

describe("the message about a dozen kinds of wrong at once", () => {
  const raw: RawConfig = {
    ...stackWith(
      {
        Acme: { memebers: 3 },
        beta: { members: 0, resources: { memoryMb: 16 }, storage: { capacity: "10MB" } },
        gamma: { members: "three", postgresVersion: 9, networks: { clients: [] } },
        delta: { members: 1, patroni: { synchronousMode: "on" } },
        eta: { patroni: { loopWaitSeconds: 19 } },
      },
      { consul: { sessionTtlMinSeconds: 12 }, defaults: { patroni: { ttlSeconds: 22 } } },
    ),
    imageRepositry: "a/b",
  };

  it("names each, sorted by path, and says that nothing was changed", () => {
    assert.throws(
      () => loadConfig(sourceOf(raw)),
      (error) => {
        assert(error instanceof ConfigError);
        assert.equal(
          error.message,
          [
            "There are 12 problems in the stack's configuration. Nothing was changed.",
            "  - imageRepositry: unknown key `imageRepositry`; did you mean `imageRepository`?",
            "  - platform.defaults.patroni.ttlSeconds: found 22, of which Consul's session gets half; allowed: at least 24, twice `platform.consul.sessionTtlMinSeconds`.",
            `  - tenants.Acme: found the name "Acme"; allowed: ${name}. For example \`acme\`.`,
            "  - tenants.Acme.memebers: unknown key `memebers`; did you mean `members`?",
            "  - tenants.beta.members: found 0; allowed: a whole number from 1 to 100.",
            "  - tenants.beta.resources.memoryMb: found 16; allowed: a whole number of megabytes from 256 to 16777216.",
            `  - tenants.beta.storage.capacity: found "10MB"; allowed: ${size}.`,
            "  - tenants.delta.patroni.synchronousMode: found synchronousMode on with synchronousNodeCount 1 and members 1; allowed: more members than synchronousNodeCount, because the leader is none of its own replicas. Set `members` to 2 or more, or `patroni.synchronousMode` to `off`.",
            "  - tenants.eta.patroni.loopWaitSeconds: found loopWaitSeconds 19 + 2 × retryTimeoutSeconds 5 = 29; allowed: a sum of at most ttlSeconds, which is 22. A leader that still retries would lose its lock; Patroni would shorten both.",
            '  - tenants.gamma.members: found "three"; allowed: a whole number from 1 to 100.',
            "  - tenants.gamma.networks.clients: found []; allowed: a list of at least one network in CIDR notation.",
            "  - tenants.gamma.postgresVersion: found 9; allowed: `17`.",
          ].join("\n"),
        );
        return true;
      },
    );
  });
});
