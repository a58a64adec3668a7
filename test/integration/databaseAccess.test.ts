import assert from "node:assert/strict";
import { Client } from "pg";
import type { AccessRole, StaticRole } from "../../config/model";
import { loadLabSettings } from "../../lab/settings";
import { consoleReporter } from "../../lab/report";
import { fields, text } from "../../patroni/observed/json";
import { accessInputs, issueLogin, oneTime, type IssuedLogin } from "../support/accessLab";
import { query } from "../support/database";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { operatorTokens } from "../support/labSecrets";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import {
  ensureClusterImage,
  labCluster,
  nomad,
  onVolumes,
  RealCluster,
  realClusterNeeds,
  vault,
} from "../support/realCluster";
import { eventually } from "../support/waiting";
import { makeLeader, untilWhole, type WholeMember } from "../support/wholeCluster";

const reporter = consoleReporter();
const database = "shop";
const legacy: StaticRole = {
  type: "static",
  name: "legacy",
  database,
  username: "legacy_user",
  rotateEverySeconds: 3600,
};
const custom = oneTime("readonly", {
  name: "custom",
  kind: "custom",
  create: [
    `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
    `GRANT access_readonly_shop TO "{{name}}"`,
  ],
});
const short = oneTime("readonly", { name: "short", ttlSeconds: 5, maxTtlSeconds: 5 });
const [readonly, readwrite, owner] = [oneTime("readonly"), oneTime("readwrite"), oneTime("owner")];
const roles: readonly AccessRole[] = [custom, legacy, owner, readonly, readwrite, short];

describeWith("logins from Vault's database engine", realClusterNeeds, function () {
  this.timeout(240_000);
  this.slow(30_000);
  let cluster: RealCluster;
  let provider: DynamicProvider;
  let state: Wire;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    const postgresPort = 6432 + loadLabSettings().portOffset;
    const more = { members: 3, postgresPort, access: roles, ...onVolumes("access") };
    cluster = new RealCluster(labCluster("access", more));
    await cluster.remove();
    for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
    await cluster.start();
    const { leader, members } = await untilWhole(cluster);
    assert.deepEqual(new Set(members.map(({ port }) => port)), new Set([postgresPort]));
    await asSuperuser(leader, "postgres", `CREATE DATABASE ${database}`);
    await asSuperuser(leader, database, "CREATE TABLE before_it (id serial PRIMARY KEY, word text)");
    await asSuperuser(leader, "postgres", "CREATE ROLE legacy_user LOGIN PASSWORD 'from-before'");
    provider = await DynamicProvider.start(operatorTokens());
  });
  after(async () => {
    provider.kill();
    await cluster.remove();
  });

  const inputs = async (wanted = roles, more = {}): Promise<Wire> =>
    accessInputs(provider, cluster, wanted, more);
  const leaderNow = async (): Promise<WholeMember> => (await untilWhole(cluster)).leader;
  const issue = async (role: AccessRole): Promise<IssuedLogin> => issueLogin(cluster, role);

  async function asSuperuser(
    { host, port }: WholeMember,
    where: string,
    statement: string,
  ): ReturnType<typeof query> {
    const login = { user: "postgres", password: await superuserPassword() };
    return query({ host, port }, { ...login, database: where }, statement);
  }

  async function superuserPassword(): Promise<string> {
    const { mount, path } = cluster.cluster.credentials;
    const secret = fields(fields(fields(await vault("GET", `${mount}/data/${path}`))["data"])["data"]);
    const password = text(secret["superuser_password"]);
    assert.ok(password !== undefined && password !== "");
    return password;
  }

  async function as(login: IssuedLogin, statement: string, where = database): ReturnType<typeof query> {
    const { host, port } = await leaderNow();
    return query({ host, port }, { ...login, database: where }, statement);
  }

  async function rolesNamed(name: string): Promise<number> {
    const rows = await asSuperuser(
      await leaderNow(),
      "postgres",
      `SELECT FROM pg_roles WHERE rolname = '${name}'`,
    );
    return rows.length;
  }

  /** Waits until Vault gives out a login that writes, and says how long that took. */
  async function untilIssued(since: number): Promise<number> {
    const look = async (saw: (state: unknown) => void): Promise<number | undefined> => {
      const login = await issue(readwrite).catch((error: unknown) => {
        saw(String(error));
        return undefined;
      });
      if (login === undefined) return undefined;
      const took = performance.now() - since;
      await as(login, "INSERT INTO before_it (word) VALUES ('again')");
      return took;
    };
    return eventually("Vault gives out a login", look, { timeoutSeconds: 60, intervalMilliseconds: 50 });
  }

  it("makes the database ready, with the operator's rights, and is done", async () => {
    const wanted = await inputs();
    state = (await provider.create(wanted)).outputs;
    assert.equal(state["ready"], true);
    assert.deepEqual(state["hosts"], ["127.0.0.11", "127.0.0.12", "127.0.0.13"]);
    assert.equal((await provider.diff("access", state, wanted)).changed, false);
    assert.equal((await provider.read("access", state)).outputs["ready"], true);
  });

  it("gives Vault a login whose password nobody else has, that is no superuser", async () => {
    const held = JSON.stringify(await vault("GET", `database/config/postgres-access.${database}`));
    assert.ok(!/"password":/.test(held), held);
    assert.ok(!JSON.stringify([state, provider.lines]).includes(await superuserPassword()));
    const [row] = await asSuperuser(
      await leaderNow(),
      "postgres",
      "SELECT rolsuper, rolcreatedb, rolreplication, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'access_manager_shop'",
    );
    assert.deepEqual(Object.values(row ?? {}), [false, false, false, false, true]);
  });

  it("changes nothing when it is run again", async () => {
    const lines = provider.lines.length;
    state = await provider.update("access", state, await inputs());
    assert.deepEqual(provider.lines.slice(lines), []);
  });

  it("lets a readwrite login read and write what was there and what came later, and make nothing", async () => {
    const login = await issue(readwrite);
    await as(login, "INSERT INTO before_it (word) VALUES ('one')");
    await asSuperuser(await leaderNow(), database, "CREATE TABLE after_it (id int)");
    await as(login, "INSERT INTO after_it VALUES (1)");
    await as(login, "UPDATE before_it SET word = 'two'");
    await assert.rejects(as(login, "CREATE TABLE mine (id int)"), /permission denied/);
    await assert.rejects(as(login, "ALTER TABLE before_it ADD more int"), /must be owner/);
  });

  it("lets a readonly login read, and write nothing", async () => {
    const login = await issue(readonly);
    assert.equal((await as(login, "SELECT word FROM before_it")).length, 1);
    await as(login, "SELECT * FROM after_it");
    await assert.rejects(as(login, "INSERT INTO before_it (word) VALUES ('x')"), /permission denied/);
    await assert.rejects(as(login, "SELECT * FROM pg_authid"), /permission denied/);
  });

  it("lets no login into another database of the cluster", async () => {
    for (const role of [readonly, readwrite, owner])
      await assert.rejects(as(await issue(role), "SELECT 1", "postgres"), /pg_hba.conf rejects/);
  });

  it("leaves what an owner's login made when it goes, for the next one and for the other kinds", async () => {
    const login = await issue(owner);
    await as(login, "CREATE TABLE made (id int)");
    await as(login, "CREATE SCHEMA inner_one CREATE TABLE deep (id int)");
    // Made under its own name, which is what happens to those who reset their role.
    await as(login, "RESET ROLE; CREATE TABLE own_name (id int)");
    await vault("PUT", "sys/leases/revoke", { lease_id: login.lease, sync: true });
    assert.equal(await rolesNamed(login.user), 0);
    const next = await issue(owner);
    await as(next, "ALTER TABLE made ADD more text; ALTER TABLE own_name ADD more text");
    await as(await issue(readwrite), "INSERT INTO made VALUES (1); INSERT INTO inner_one.deep VALUES (1)");
    await as(await issue(readonly), "SELECT * FROM inner_one.deep");
  });

  it("gives out logins that a tenant's own statements make, and drops them", async () => {
    const login = await issue(custom);
    await as(login, "SELECT * FROM before_it");
    await vault("PUT", "sys/leases/revoke", { lease_id: login.lease, sync: true });
    assert.equal(await rolesNamed(login.user), 0);
  });

  it("changes a static role's password, and shows it", async () => {
    const login = await issue(legacy);
    assert.equal(login.user, "legacy_user");
    await as(login, "SELECT 1");
    await assert.rejects(as({ ...login, password: "from-before" }, "SELECT 1"), /password authentication/);
  });

  it("drops a login when its time is over", async () => {
    const login = await issue(short);
    await as(login, "SELECT 1");
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const left = await rolesNamed(login.user);
      saw({ left });
      return left === 0 ? true : undefined;
    };
    await eventually("the login is gone", look, { timeoutSeconds: 30 });
  });

  it("drops a login that has a session open, in the middle of a transaction, and ends the session", async () => {
    const { host, port } = await leaderNow();
    for (const role of [readonly, readwrite, owner]) {
      const login = await issue(role);
      const client = new Client({ host, port, database, user: login.user, password: login.password });
      const ended = new Promise<string>((resolve) => {
        client.on("error", (error: Error) => {
          resolve(error.message);
        });
      });
      await client.connect();
      await client.query("BEGIN");
      await client.query(role.kind === "readonly" ? "SELECT * FROM before_it" : "DELETE FROM before_it");
      await vault("PUT", "sys/leases/revoke", { lease_id: login.lease, sync: true });
      assert.match(await ended, /terminat/i);
      assert.equal(await rolesNamed(login.user), 0);
      await assert.rejects(as(login, "SELECT 1"), /authentication failed/);
    }
  });

  it("leaves nobody who may do anything where a pool connects anew all the time while its login is revoked", async () => {
    const { host, port } = await leaderNow();
    const login = await issue(readwrite);
    let revoked = false;
    const connected: Client[] = [];
    const busy = async (): Promise<void> => {
      while (!revoked) {
        const { user, password } = login;
        const limits = { connectionTimeoutMillis: 5000, query_timeout: 5000 };
        const client = new Client({ host, port, database, user, password, ...limits });
        client.on("error", () => undefined);
        const worked = await client
          .connect()
          .then(async () => client.query("SELECT * FROM before_it"))
          .then(
            () => true,
            () => false,
          );
        if (worked) connected.push(client);
      }
    };
    const pool = [busy(), busy(), busy(), busy()];
    const look = (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(connected.length);
      return Promise.resolve(connected.length > 8 ? true : undefined);
    };
    await eventually("the pool is busy", look, { timeoutSeconds: 30, intervalMilliseconds: 10 });
    await vault("PUT", "sys/leases/revoke", { lease_id: login.lease, sync: true });
    revoked = true;
    await Promise.all(pool);
    assert.equal(await rolesNamed(login.user), 0);
    for (const client of connected) {
      await assert.rejects(
        client.query("DELETE FROM before_it"),
        /terminat|permission denied|not queryable|closed/i,
      );
      await client.end().catch(() => undefined);
    }
  });

  it("goes on after a switchover, without another up", async () => {
    const { leader, members } = await untilWhole(cluster);
    const next = members.find(({ index }) => index !== leader.index);
    const login = await issue(readwrite);
    const since = performance.now();
    await makeLeader(cluster, next?.index ?? 0);
    const took = await untilIssued(since);
    reporter.say(
      `login after a switchover: ${(took / 1000).toFixed(2)} s from its request, the whole cluster included`,
    );
    await as(login, "SELECT * FROM before_it");
    await vault("PUT", "sys/leases/revoke", { lease_id: login.lease, sync: true });
    assert.equal(await rolesNamed(login.user), 0);
  });

  it("goes on after every allocation was stopped and replaced by another, the leader's too", async () => {
    const { members } = await untilWhole(cluster);
    for (const member of members) {
      const { leader } = await untilWhole(cluster);
      const since = performance.now();
      await nomad("PUT", `/v1/allocation/${member.allocation}/stop`);
      const took = await untilIssued(since);
      const what = member.name === leader.name ? "the leader" : "a replica";
      reporter.say(`login after the allocation of ${what} was stopped: ${(took / 1000).toFixed(2)} s`);
    }
    const after = await untilWhole(cluster);
    for (const { allocation } of after.members)
      assert.ok(!members.some((member) => member.allocation === allocation), "an allocation wasn't replaced");
    assert.equal((await provider.diff("access", state, await inputs())).changed, false);
    assert.equal((await provider.read("access", state)).outputs["ready"], true);
  });

  it("goes on after the leader was killed", async () => {
    const leader = await leaderNow();
    const since = performance.now();
    await nomad("PUT", `/v1/client/allocation/${leader.allocation}/signal`, {
      Signal: "SIGKILL",
      Task: "patroni",
    });
    const took = await untilIssued(since);
    reporter.say(`login after the leader was killed: ${(took / 1000).toFixed(2)} s`);
  });

  it("shows what somebody removed in Vault or in PostgreSQL, and puts it right", async () => {
    await vault("DELETE", "database/roles/postgres-access.readonly");
    await vault("POST", "database/roles/postgres-access.readwrite", {
      db_name: `postgres-access.${database}`,
      creation_statements: ["SELECT 1"],
    });
    const leader = await leaderNow();
    // As in data that was restored, or made anew: neither knows the other's passwords.
    await asSuperuser(leader, "postgres", "ALTER ROLE access_manager_shop PASSWORD 'somebody-elses'");
    await asSuperuser(leader, "postgres", "ALTER ROLE legacy_user PASSWORD 'from-a-backup'");
    const seen = (await provider.read("access", state)).outputs;
    assert.equal(seen["ready"], false);
    assert.equal((await provider.diff("access", seen, await inputs())).changed, true);
    state = await provider.update("access", seen, await inputs());
    assert.equal((await provider.read("access", state)).outputs["ready"], true);
    await as(await issue(readonly), "SELECT * FROM before_it");
    await as(await issue(readwrite), "INSERT INTO before_it (word) VALUES ('x')");
    await as(await issue(legacy), "SELECT 1");
  });

  for (const [what, wrong, message] of [
    [
      "a time to live that is longer than Vault allows",
      oneTime("readonly", { name: "long", ttlSeconds: 3600, maxTtlSeconds: 9_000_000 }),
      /Vault lets no login of database\/ live longer than 2764800 s: access\.roles\.long has a maxTtl of 9000000 s/,
    ],
    [
      "SQL that fails",
      { ...custom, name: "broken", create: [...custom.create, "GRANT nobody_at_all TO {{name}}"] },
      /cluster access: access\.roles\.broken\.create\[2\] of access fails: .*(nobody_at_all|syntax error)[^]*the statement: GRANT nobody_at_all/,
    ],
    [
      "SQL that asks for more than Vault's login may",
      {
        ...custom,
        name: "mighty",
        create: [`CREATE ROLE "{{name}}" SUPERUSER LOGIN PASSWORD '{{password}}'`],
      },
      /access\.roles\.mighty\.create\[0\] of access fails: .*permission denied to create role/,
    ],
    [
      "a database that isn't there",
      oneTime("readonly", { name: "lost", database: "nowhere" }),
      /there is no database nowhere, for which there are roles \(lost\)[^]*CREATE DATABASE/,
    ],
    [
      "a static role that isn't there",
      { ...legacy, name: "ghost", username: "ghost" },
      /access role ghost: the role ghost in PostgreSQL isn't there/,
    ],
    [
      "a static role that is a superuser",
      { ...legacy, name: "root", username: "postgres" },
      /access role root: the role postgres in PostgreSQL is a superuser/,
    ],
  ] as const)
    it(`refuses ${what}, and leaves the others as they are`, async () => {
      const error = await failureOf(provider.update("access", state, await inputs([...roles, wrong])));
      assert.match(error.message, message);
      const path = wrong.type === "static" ? "static-roles" : "roles";
      await assert.rejects(vault("GET", `database/${path}/postgres-access.${wrong.name}`), /404/);
      await as(await issue(readonly), "SELECT 1");
      assert.ok(error.partial !== undefined);
      assert.equal(error.partial.outputs["ready"], false);
      state = await provider.update("access", error.partial.outputs, await inputs());
      assert.equal(state["ready"], true);
    });

  it("ends the logins of a role that is removed, and no others", async () => {
    const [going, staying] = [await issue(readwrite), await issue(readonly)];
    const kept = roles.filter((role) => role !== readwrite);
    state = await provider.update("access", state, await inputs(kept));
    assert.deepEqual([await rolesNamed(going.user), await rolesNamed(staying.user)], [0, 1]);
    await assert.rejects(issue(readwrite), /40[0-9]/);
  });

  it("removes everything but what belongs to somebody", async () => {
    const login = await issue(owner);
    await provider.delete("access", state);
    assert.equal(await rolesNamed(login.user), 0);
    for (const path of [
      "config/postgres-access.shop",
      "roles/postgres-access.owner",
      "static-roles/postgres-access.legacy",
    ])
      await assert.rejects(vault("GET", `database/${path}`), /404/);
    const made = await asSuperuser(await leaderNow(), database, "SELECT * FROM made");
    assert.equal(made.length, 1);
  });
});
