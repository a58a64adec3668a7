import assert from "node:assert/strict";
import type { AllowedDrop } from "../../config/model";
import { fields } from "../../patroni/observed/json";
import { PatroniDatabases, type PatroniDatabasesArgs } from "../../providers/patroniDatabases";
import { query } from "../support/database";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import {
  ensureClusterImage,
  labCluster,
  onVolumes,
  RealCluster,
  realClusterNeeds,
  vault,
} from "../support/realCluster";
import { eventually } from "../support/waiting";
import { makeLeader, untilWhole } from "../support/wholeCluster";

const roles = {
  reporting: { login: true, memberOf: ["shop_reader"] },
  shop_owner: { login: false, memberOf: [] },
  shop_reader: { login: false, memberOf: ["pg_read_all_data"] },
};
const databases = { shop: { owner: "shop_owner", extensions: ["pg_trgm", "uuid-ossp"] } };

describeWith("databases and roles of a cluster that runs", realClusterNeeds, function () {
  this.timeout(180_000);
  this.slow(10_000);
  let cluster: RealCluster;
  let provider: DynamicProvider;
  /** The resource's outputs after the latest run. */
  let state: Wire;
  let firstLine = 0;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    cluster = new RealCluster(labCluster("databases", onVolumes("databases")));
    await cluster.remove();
    for (const node of ["node1", "node2"]) await cluster.makeVolume(node);
    await cluster.start();
    await untilWhole(cluster);
    provider = await DynamicProvider.start();
  });
  beforeEach(() => {
    firstLine = provider.lines.length;
  });
  after(async () => {
    provider.kill();
    await cluster.remove();
  });

  async function inputs(more: Partial<PatroniDatabasesArgs> = {}): Promise<Wire> {
    const expected = cluster.expectation({ version: 0, modifyIndex: 0 });
    const { mount, path, fields: names } = cluster.cluster.credentials;
    const args: PatroniDatabasesArgs = {
      cluster: expected.cluster,
      consulAddress: expected.consulAddress,
      dcsPath: `${expected.keyPrefix}/${expected.scope}`,
      vaultAddress: process.env["VAULT_ADDR"] ?? "",
      mount,
      path,
      fields: names,
      databases,
      roles,
      drops: [],
      drift: "correct",
      timeoutSeconds: 60,
      ...more,
    };
    const raw = await registeredInputs(() => new PatroniDatabases("databases", args));
    const { inputs: checked, failures } = await provider.check({}, raw);
    assert.deepEqual(failures, []);
    return checked;
  }

  async function secret(): Promise<Readonly<Record<string, unknown>>> {
    const { mount, path } = cluster.cluster.credentials;
    return fields(fields(fields(await vault("GET", `${mount}/data/${path}`))["data"])["data"]);
  }

  /** The rows that a statement gives the superuser on the leader. */
  async function sql(statement: string, database = "postgres"): Promise<readonly unknown[]> {
    const { leader } = await untilWhole(cluster);
    const password = String((await secret())["superuser_password"]);
    return query(leader, { user: "postgres", password, database }, statement);
  }

  async function names(statement: string, database?: string): Promise<unknown[]> {
    return (await sql(statement, database)).map((row) => fields(row)["name"]);
  }

  const allDatabases = () =>
    names(
      "SELECT datname AS name FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1",
    );

  /** What was printed since this test began. */
  const lines = (): readonly string[] => provider.lines.slice(firstLine);

  /** Fails where a password is to be seen. */
  async function assertNoPassword(...seen: readonly unknown[]): Promise<void> {
    const text = JSON.stringify([seen, provider.lines]);
    for (const [name, value] of Object.entries(await secret()))
      if (name.endsWith("password")) assert.ok(!text.includes(String(value)), `${name} is seen`);
  }

  it("makes what is declared, and says a line for each", async () => {
    const { outputs } = await provider.create(await inputs());
    state = outputs;
    assert.deepEqual(lines(), [
      "[databases] role reporting: created",
      "[databases] role shop_owner: created",
      "[databases] role shop_reader: created",
      "[databases] role reporting: made a member of shop_reader",
      "[databases] role shop_reader: made a member of pg_read_all_data",
      "[databases] database shop: created",
      "[databases] database shop: extension pg_trgm created",
      "[databases] database shop: extension uuid-ossp created",
    ]);
    assert.deepEqual(
      await sql(
        `SELECT d.datname, pg_get_userbyid(d.datdba) AS owner, pg_has_role('reporting', 'shop_reader', 'usage') AS member,
           (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reporting') AS login
         FROM pg_database d WHERE datname = 'shop'`,
      ),
      [{ datname: "shop", owner: "shop_owner", member: true, login: true }],
    );
    assert.deepEqual(
      await names(
        "SELECT extname AS name FROM pg_extension WHERE extnamespace = 'public'::regnamespace ORDER BY 1",
        "shop",
      ),
      ["pg_trgm", "uuid-ossp"],
    );
    assert.deepEqual([state["ready"], state["adopted"], state["dropped"]], [true, [], []]);
    await assertNoPassword(state);
  });

  it("changes nothing the second time", async () => {
    assert.equal((await provider.diff("databases", state, await inputs())).changed, false);
    assert.deepEqual(await provider.update("databases", state, await inputs()), state);
    const { outputs, inputs: known } = await provider.read("databases", state);
    assert.deepEqual(outputs, state);
    assert.equal((await provider.diff("databases", outputs, await inputs())).changed, false);
    assert.deepEqual(known["databases"], databases);
    assert.deepEqual(lines(), []);
  });

  it("shows by a refresh what somebody changed, and puts it right", async () => {
    await sql("ALTER ROLE reporting NOLOGIN CREATEDB CREATEROLE");
    await sql("GRANT pg_monitor TO reporting");
    await sql("REVOKE shop_reader FROM reporting");
    await sql("ALTER DATABASE shop OWNER TO postgres");
    await sql("DROP EXTENSION pg_trgm", "shop");
    const { outputs } = await provider.read("databases", state);
    assert.deepEqual(outputs["databases"], { shop: { owner: "postgres", extensions: ["uuid-ossp"] } });
    assert.deepEqual(fields(outputs["roles"])["reporting"], {
      login: false,
      memberOf: ["pg_monitor"],
      attributes: ["CREATEDB", "CREATEROLE"],
    });
    assert.equal((await provider.diff("databases", outputs, await inputs())).changed, true);
    const told = [
      "role reporting has CREATEDB by other hands: CREATEDB taken away",
      "role reporting has CREATEROLE by other hands: CREATEROLE taken away",
      "role reporting lacks LOGIN by other hands: LOGIN given",
      "role reporting is a member of pg_monitor by other hands: taken out of pg_monitor",
      "role reporting isn't a member of shop_reader by other hands: made a member of shop_reader",
      "database shop belongs to postgres by other hands: given to shop_owner",
      "database shop lacks the extension pg_trgm by other hands: extension pg_trgm created",
    ];
    assert.deepEqual(
      lines(),
      told.map((line) => `databases: ${line}`),
    );
    state = await provider.update("databases", outputs, await inputs());
    assert.deepEqual((await provider.read("databases", state)).outputs, state);
    assert.deepEqual(state["databases"], databases);
    assert.equal((await provider.diff("databases", state, await inputs())).changed, false);
  });

  it("makes anew what somebody dropped, and takes back what somebody else than the superuser granted", async () => {
    await sql("DROP DATABASE shop");
    await sql("GRANT pg_monitor TO shop_owner WITH ADMIN OPTION");
    await sql("SET ROLE shop_owner; GRANT pg_monitor TO reporting; RESET ROLE");
    const { outputs } = await provider.read("databases", state);
    assert.deepEqual(outputs["databases"], {});
    // PostgreSQL wants what hangs on another grant to go first; the order of the names does it here.
    state = await provider.update("databases", outputs, await inputs());
    assert.deepEqual((await provider.read("databases", state)).outputs["roles"], roles);
    assert.deepEqual(await allDatabases(), ["shop"]);
  });

  it("keeps what others added to a role where drift is adopted, and takes back what it set itself", async () => {
    const adopting = { drift: "adopt" } as const;
    state = await provider.update("databases", state, await inputs(adopting));
    await sql("ALTER ROLE reporting CREATEDB NOLOGIN");
    await sql("GRANT pg_monitor TO reporting");
    const { outputs } = await provider.read("databases", state);
    assert.deepEqual(lines(), [
      "[databases] role reporting has CREATEDB by other hands: kept",
      "[databases] role reporting is a member of pg_monitor by other hands: kept",
    ]);
    const without = { ...roles, reporting: { login: true, memberOf: [] } };
    state = await provider.update("databases", outputs, await inputs({ ...adopting, roles: without }));
    assert.deepEqual(state["adopted"], [
      "role reporting has CREATEDB",
      "role reporting is a member of pg_monitor",
    ]);
    assert.deepEqual(
      await sql(
        "SELECT rolcanlogin AS login, rolcreatedb AS createdb, pg_has_role('reporting', 'shop_reader', 'usage') AS reads FROM pg_roles WHERE rolname = 'reporting'",
      ),
      [{ login: true, createdb: true, reads: false }],
    );
    state = await provider.update("databases", state, await inputs());
    assert.deepEqual((await provider.read("databases", state)).outputs["roles"], roles);
  });

  it("goes on after its process was killed between two statements", async () => {
    const many = Object.fromEntries(
      ["one", "two", "three", "four"].map((name) => [name, { owner: "shop_owner", extensions: ["hstore"] }]),
    );
    const wanted = await inputs({ databases: { ...databases, ...many } });
    const victim = await DynamicProvider.start();
    const lost = victim.update("databases", state, wanted).catch(() => undefined);
    const look = (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(victim.lines);
      return Promise.resolve(victim.lines.includes("[databases] database two: created") ? true : undefined);
    };
    try {
      await eventually("the second database", look, { timeoutSeconds: 30, intervalMilliseconds: 1 });
    } finally {
      victim.kill();
    }
    await lost;
    state = await provider.update("databases", state, wanted);
    assert.ok(!lines().includes("[databases] database two: created"), lines().join("\n"));
    assert.ok(lines().includes("[databases] database four: extension hstore created"), lines().join("\n"));
    assert.deepEqual(await allDatabases(), ["four", "one", "shop", "three", "two"]);
    assert.deepEqual((await provider.read("databases", state)).outputs, state);
  });

  it("keeps what isn't declared any more, and drops it once, when it is told", async () => {
    state = await provider.update("databases", state, await inputs());
    assert.deepEqual(lines(), []);
    assert.deepEqual(await allDatabases(), ["four", "one", "shop", "three", "two"]);
    const drops: AllowedDrop[] = [
      { kind: "role", name: "nobody" },
      { kind: "database", name: "one" },
      { kind: "database", name: "two" },
    ];
    state = await provider.update("databases", state, await inputs({ drops }));
    assert.deepEqual(lines(), [
      "[databases] database one: dropped, with all its data",
      "[databases] database two: dropped, with all its data",
    ]);
    assert.deepEqual(await allDatabases(), ["four", "shop", "three"]);
    // The words are still there; what somebody makes by that name afterwards is somebody's.
    await sql("CREATE DATABASE one");
    const more = { drops: [...drops, { kind: "database", name: "three" } as const] };
    state = await provider.update("databases", state, await inputs(more));
    assert.deepEqual(await allDatabases(), ["four", "one", "shop"]);
    assert.deepEqual(state["dropped"], more.drops);
  });

  it("says what keeps a role from being dropped, and drops it when nothing does", async () => {
    const { shop_owner: owner, ...others } = roles;
    const changed = {
      databases: { shop: { ...databases.shop, owner: "crm_owner" } },
      roles: { ...others, crm_owner: owner },
      drops: [{ kind: "role", name: "shop_owner" } as const],
    };
    const error = await failureOf(provider.update("databases", state, await inputs(changed)));
    assert.match(
      error.partial?.reasons.join("\n") ?? "",
      /^cluster databases: DROP ROLE "shop_owner" failed on node\d: role "shop_owner" cannot be dropped because some objects depend on it\n\s+owner of database four\n/,
    );
    const left = error.partial?.outputs ?? {};
    assert.deepEqual([left["ready"], left["dropped"]], [false, []]);
    assert.equal((await provider.diff("databases", left, await inputs(changed))).changed, true);
    await sql("DROP DATABASE four");
    state = await provider.update("databases", left, await inputs(changed));
    assert.deepEqual(
      await names(
        "SELECT rolname AS name FROM pg_roles WHERE rolname LIKE '%_owner' AND rolname NOT LIKE 'pg_%'",
      ),
      ["crm_owner"],
    );
    state = await provider.update("databases", state, await inputs());
  });

  it("refuses an extension that the image doesn't have before anything is done, with the nearest that it has", async () => {
    const wanted = { late: { owner: "shop_owner", extensions: ["hstore", "pg_trgrm"] } };
    const error = await failureOf(provider.update("databases", state, await inputs({ databases: wanted })));
    const said = error.partial?.reasons.join("\n") ?? "";
    assert.match(
      said,
      /^cluster databases: database late: the members' image has no extension pg_trgrm; did you mean pg_trgm\?\n/,
    );
    assert.match(said, /it has: .*hstore, .*pg_trgm, /);
    assert.ok(!(await allDatabases()).includes("late"));
  });

  it("says which statement failed, where, and PostgreSQL's own words, and goes on when it is mended", async () => {
    const shop = { owner: "shop_owner", extensions: ["earthdistance"] };
    const error = await failureOf(
      provider.update("databases", state, await inputs({ databases: { ...databases, shop } })),
    );
    const said = error.partial?.reasons.join("\n") ?? "";
    assert.match(
      said,
      /^cluster databases: CREATE EXTENSION "earthdistance" in database shop failed on node\d: required extension "cube" is not installed\n/,
    );
    assert.match(said, /CREATE EXTENSION \.\.\. CASCADE/);
    await assertNoPassword(said, error.partial);
    const mended = { shop: { ...shop, extensions: ["cube", "earthdistance"] } };
    state = await provider.update(
      "databases",
      error.partial?.outputs ?? {},
      await inputs({ databases: mended }),
    );
    assert.equal(state["ready"], true);
  });

  it("leaves the roles alone that Patroni logs in as, whatever they are called", async () => {
    const rewinder = { ...roles, rewinder: { login: false, memberOf: [] } };
    const error = await failureOf(provider.update("databases", state, await inputs({ roles: rewinder })));
    assert.match(error.message, /role rewinder is one that Patroni logs in as/);
  });

  it("follows the leader to another member", async () => {
    const { leader } = await untilWhole(cluster);
    await makeLeader(cluster, 1 - leader.index);
    const next = { ...databases, crm: { owner: "shop_owner", extensions: ["hstore"] } };
    state = await provider.update("databases", state, await inputs({ databases: next }));
    assert.deepEqual((await provider.read("databases", state)).outputs["databases"], next);
  });

  it("gives up where there is no leader, and a refresh keeps what was known", async () => {
    const nowhere = { dcsPath: "operations/databases-elsewhere", timeoutSeconds: 1 };
    const error = await failureOf(provider.update("databases", state, await inputs(nowhere)));
    assert.match(error.message, /there is no leader that could make databases and roles/);
    const lost = { ...state, ...nowhere };
    assert.deepEqual((await provider.read("databases", lost)).outputs, lost);
    assert.match(lines().join("\n"), /databases and roles couldn't be looked at: there is no leader/);
  });
});
