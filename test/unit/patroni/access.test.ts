import assert from "node:assert/strict";
import { accessAuthentication } from "../../../patroni/access/accessAuthentication";
import { databaseGroups, rolePath, vaultAccessName } from "../../../patroni/access/accessNames";
import { accessPolicy } from "../../../patroni/access/accessPolicy";
import { databaseStatements } from "../../../patroni/access/databaseStatements";
import { postgresHosts } from "../../../patroni/access/postgresHosts";
import { creationStatements, revocationStatements } from "../../../patroni/access/roleStatements";
import { connectionUrl, holds, roleDocument, tooLong } from "../../../patroni/access/vaultDocuments";
import { asVaultRuns, filledIn } from "../../../patroni/access/vaultSplit";
import { jobspec } from "../../../patroni/jobspec";
import { oneTime } from "../../support/accessLab";
import { examplePlatform, ephemeralCluster, volumeCluster } from "../../support/examples";

describe("names of access roles", () => {
  it("differ wherever cluster or role differ", () => {
    const names = [
      vaultAccessName({ name: "acme" }, { name: "x-app" }),
      vaultAccessName({ name: "acme-x" }, { name: "app" }),
    ];
    assert.deepEqual(names, ["postgres-acme.x-app", "postgres-acme-x.app"]);
  });

  it("keep a group of one database apart from Vault's login of another", () => {
    const all = ["shop", "owner_shop", "readonly_shop", "manager_shop"].flatMap((database) => {
      const { manager, kinds } = databaseGroups(database);
      return [manager, ...Object.values(kinds)];
    });
    assert.equal(new Set(all).size, all.length);
  });

  it("fit PostgreSQL's 63 bytes for the longest database's name", () => {
    const { manager, kinds } = databaseGroups("d".repeat(40));
    for (const name of [manager, ...Object.values(kinds)]) assert.ok(name.length <= 63, name);
  });

  it("are all that a policy lets its holder read", () => {
    const cluster = { ...volumeCluster, access: [oneTime("readonly")] };
    assert.equal(
      accessPolicy(cluster, examplePlatform, oneTime("readonly")),
      'path "database/creds/postgres-acme.readonly" {\n  capabilities = ["read"]\n}\n',
    );
  });
});

describe("a role's statements", () => {
  it("make a login that is nothing but a member of its kind's group", () => {
    for (const kind of ["readonly", "readwrite"] as const)
      assert.deepEqual(creationStatements(oneTime(kind)), [
        `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE "access_${kind}_shop"`,
      ]);
  });

  it("let an owner's login make things as the group", () => {
    assert.match(
      creationStatements(oneTime("owner"))[1] ?? "",
      /IN DATABASE "shop" SET role = 'access_owner_shop'/,
    );
  });

  it("are one statement for Vault where they remove a login", () => {
    for (const kind of ["readonly", "readwrite", "owner"] as const) {
      const [removal = "", ...rest] = revocationStatements(oneTime(kind));
      assert.deepEqual([rest.length, asVaultRuns(removal).length], [0, 1]);
    }
  });

  it("are the tenant's own where it has some", () => {
    const custom = oneTime("readonly", { kind: "custom", create: ["a"], revoke: ["b"] });
    assert.deepEqual([creationStatements(custom), revocationStatements(custom)], [["a"], ["b"]]);
    assert.equal(revocationStatements({ ...custom, revoke: [] }).length, 1);
  });
});

describe("statements as Vault runs them", () => {
  it("are cut at semicolons", () => {
    assert.deepEqual(asVaultRuns("SELECT 1; SELECT 2;"), ["SELECT 1", "SELECT 2"]);
  });

  it("stay whole where END stands in them, outside of quotes", () => {
    assert.equal(asVaultRuns("DO $$ BEGIN a; END $$").length, 1);
    assert.equal(asVaultRuns("SELECT ' END '; SELECT 2").length, 2);
  });

  it("have Vault's words filled in, and no others", () => {
    const values = { name: "n", password: "p", expiration: "e" };
    assert.equal(
      filledIn("{{name}} {{username}} {{password}} {{expiration}} {{more}}", values),
      "n n p e {{more}}",
    );
  });
});

describe("what Vault is told", () => {
  it("is every host in turn, and to take one that writes", () => {
    const hosts = [
      { host: "10.0.0.1", port: 6432 },
      { host: "fd00::1", port: 6432 },
    ];
    assert.equal(
      connectionUrl("shop", hosts),
      "postgresql://{{username}}:{{password}}@10.0.0.1:6432,[fd00::1]:6432/shop?target_session_attrs=read-write&connect_timeout=2&application_name=vault",
    );
  });

  it("is in Vault when every key of it is, whatever else is there", () => {
    const wanted = roleDocument({ name: "acme" }, oneTime("readonly"));
    assert.ok(holds({ ...wanted, credential_type: "password" }, wanted));
    assert.ok(!holds({ ...wanted, default_ttl: 1 }, wanted));
    assert.ok(!holds({}, wanted));
  });

  it("is refused where it lives longer than the mount allows", () => {
    const role = oneTime("readonly", { ttlSeconds: 100, maxTtlSeconds: 200 });
    assert.deepEqual(
      [tooLong(role, 200), tooLong(role, 150), tooLong(role, 50)],
      [undefined, "maxTtl of 200 s", "ttl of 100 s"],
    );
  });

  it("is at another path for a static role", () => {
    const role = {
      type: "static",
      name: "old",
      database: "d",
      username: "u",
      rotateEverySeconds: 9,
    } as const;
    assert.equal(rolePath({ name: "acme" }, role), "static-roles/postgres-acme.old");
    assert.deepEqual(roleDocument({ name: "acme" }, role), {
      db_name: "postgres-acme.d",
      username: "u",
      rotation_period: 9,
    });
  });
});

describe("hosts of the leader", () => {
  const node = (ip: string, more: object = {}) => ({
    Datacenter: "dc1",
    NodePool: "default",
    Address: "192.0.2.1",
    NodeResources: { Networks: [{ Mode: "bridge" }, { IP: ip }] },
    ...more,
  });
  const places = { datacenters: ["dc*"], nodePool: "default" };

  it("are the members' first, then those of all nodes that a member may come to", () => {
    const nodes = [node("10.0.0.3"), node("10.0.0.1"), node("10.0.0.2", { Status: "down" })];
    assert.deepEqual(postgresHosts(["10.0.0.3"], nodes, places), ["10.0.0.3", "10.0.0.1", "10.0.0.2"]);
  });

  it("leave out nodes of other datacenters and pools", () => {
    const nodes = [node("10.0.0.1", { Datacenter: "east" }), node("10.0.0.2", { NodePool: "web" })];
    assert.deepEqual(postgresHosts([], nodes, places), []);
    assert.deepEqual(postgresHosts([], nodes, { datacenters: ["*"], nodePool: "all" }), [
      "10.0.0.1",
      "10.0.0.2",
    ]);
  });
});

describe("what a database needs for logins", () => {
  const facts = {
    database: "shop",
    roles: ["access_readonly_shop"],
    owner: "shop_owner",
    schemas: ["public"],
    creators: ["postgres", "shop_owner"],
  };

  it("makes the groups that are missing", () => {
    const made = databaseStatements(facts, []).filter((one) => one.startsWith("CREATE"));
    assert.deepEqual(made, [
      'CREATE ROLE "access_readwrite_shop" NOLOGIN',
      'CREATE ROLE "access_owner_shop" NOLOGIN',
      'CREATE ROLE "access_manager_shop" NOLOGIN',
    ]);
  });

  it("covers what every creator will make, the group of owners too", () => {
    const statements = databaseStatements(facts, []);
    for (const creator of ["access_owner_shop", "postgres", "shop_owner"])
      assert.ok(
        statements.some((one) =>
          one.startsWith(`ALTER DEFAULT PRIVILEGES FOR ROLE "${creator}" GRANT SELECT`),
        ),
      );
  });

  it("gives nobody a superuser's rights", () => {
    const statements = databaseStatements({ ...facts, owner: undefined }, ["legacy"]);
    assert.ok(!statements.some((one) => /^GRANT "?postgres"? TO/.test(one)));
    assert.ok(
      statements.includes(
        'GRANT "legacy" TO "access_manager_shop" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE',
      ),
    );
  });
});

describe("a port of the cluster's own", () => {
  it("is a fixed one in the job, and Patroni's stays Nomad's choice", () => {
    for (const [cluster, to] of [
      [volumeCluster, 0],
      [ephemeralCluster, 5432],
    ] as const) {
      const input = {
        cluster: { ...cluster, postgresPort: 6432 },
        platform: examplePlatform,
        imagePrefix: "a/b:c",
      };
      const [network] = jobspec(input).TaskGroups[0]?.Networks ?? [];
      assert.ok(network !== undefined);
      assert.deepEqual(network.ReservedPorts, [{ Label: "postgres", To: to, Value: 6432 }]);
      assert.deepEqual(
        network.DynamicPorts.map(({ Label }) => Label),
        ["patroni_api"],
      );
    }
  });
});

describe("who may log in where", () => {
  it("keeps logins of one database out of all others, before any other line", () => {
    const cluster = { ...volumeCluster, access: [oneTime("owner")], clientNetworks: ["10.0.0.0/8"] };
    const groups = "+access_readonly_shop,+access_readwrite_shop,+access_owner_shop";
    assert.deepEqual(accessAuthentication(cluster), [
      `host "shop" ${groups} 10.0.0.0/8 scram-sha-256`,
      `host all ${groups} all reject`,
    ]);
    assert.deepEqual(accessAuthentication({ ...cluster, access: [] }), []);
  });
});
