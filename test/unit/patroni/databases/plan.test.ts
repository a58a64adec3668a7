import assert from "node:assert/strict";
import fc from "fast-check";
import { adoptedParts, objectDriftEffects, standingObjects } from "../../../../patroni/databases/drift";
import type { Found, FoundRole, Objects } from "../../../../patroni/databases/model";
import { planDatabases, planDrops, planExtensions } from "../../../../patroni/databases/planDatabases";
import { planRoles, type RolePlanInput } from "../../../../patroni/databases/planRoles";
import { objectProblem, ownRoleProblem } from "../../../../patroni/databases/problems";
import { stepsBetween } from "../../../../patroni/databases/stepsBetween";

const group = { login: false, memberOf: [] };
const bare: FoundRole = { login: false, attributes: [], grants: [] };
const noneFound: Found = { databases: {}, roles: {} };

function roleStatements(input: Partial<RolePlanInput>): readonly string[] {
  const all = { wanted: {}, found: {}, applied: {}, drift: "correct", ...input } as const;
  return planRoles(all).map(({ statement }) => statement);
}

function granted(...groups: readonly string[]): FoundRole["grants"] {
  return groups.map((name) => ({ group: name, grantor: "postgres" }));
}

describe("the plan for roles", () => {
  it("creates all before any becomes a member of another", () => {
    const wanted = { a: { login: true, memberOf: ["b", "pg_monitor"] }, b: group };
    assert.deepEqual(roleStatements({ wanted }), [
      'CREATE ROLE "a" LOGIN',
      'CREATE ROLE "b" NOLOGIN',
      'GRANT "b" TO "a"',
      'GRANT "pg_monitor" TO "a"',
    ]);
  });

  it("does nothing where all is as it is wanted, and leaves roles alone that nobody declares", () => {
    const wanted = { a: { login: true, memberOf: ["b"] }, b: group };
    const found = {
      a: { ...bare, login: true, grants: granted("b") },
      b: bare,
      other: { ...bare, login: true, attributes: ["SUPERUSER"], grants: granted("b") },
    } as const;
    assert.deepEqual(roleStatements({ wanted, found }), []);
  });

  it("lets two roles change places: lost memberships go first", () => {
    const wanted = { a: { login: false, memberOf: ["b"] }, b: group };
    const found = { a: bare, b: { ...bare, grants: granted("a") } };
    assert.deepEqual(roleStatements({ wanted, found }), [
      'REVOKE "a" FROM "b" GRANTED BY "postgres"',
      'GRANT "b" TO "a"',
    ]);
  });

  it("takes a membership back from whoever granted it, each by itself", () => {
    const grants = [
      { group: "b", grantor: "postgres" },
      { group: "b", grantor: 'we"ird' },
    ];
    assert.deepEqual(roleStatements({ wanted: { a: group }, found: { a: { ...bare, grants } } }), [
      'REVOKE "b" FROM "a" GRANTED BY "postgres"',
      'REVOKE "b" FROM "a" GRANTED BY "we""ird"',
    ]);
  });

  const changed: Partial<RolePlanInput> = {
    wanted: { a: group },
    applied: { a: { login: false, memberOf: ["ours"] } },
    found: { a: { login: true, attributes: ["CREATEDB", "BYPASSRLS"], grants: granted("ours", "theirs") } },
  };

  it("takes away what others added", () => {
    assert.deepEqual(roleStatements(changed), [
      'ALTER ROLE "a" NOCREATEDB',
      'ALTER ROLE "a" NOBYPASSRLS',
      'ALTER ROLE "a" NOLOGIN',
      'REVOKE "ours" FROM "a" GRANTED BY "postgres"',
      'REVOKE "theirs" FROM "a" GRANTED BY "postgres"',
    ]);
  });

  it("keeps what others added where drift is adopted, but not what it granted itself before, nor LOGIN", () => {
    assert.deepEqual(roleStatements({ ...changed, drift: "adopt" }), [
      'ALTER ROLE "a" NOLOGIN',
      'REVOKE "ours" FROM "a" GRANTED BY "postgres"',
    ]);
    const found: Found = { ...noneFound, roles: changed.found ?? {} };
    const applied = { databases: {}, roles: changed.applied ?? {} };
    const wanted = { databases: {}, roles: changed.wanted ?? {} };
    assert.deepEqual(adoptedParts(found, wanted, applied, "adopt"), [
      "role a has CREATEDB",
      "role a has BYPASSRLS",
      "role a is a member of theirs",
    ]);
    assert.deepEqual(adoptedParts(found, wanted, applied, "correct"), []);
  });
});

describe("the plan for databases", () => {
  it("creates what isn't there, and alters owners alone", () => {
    const wanted = { "my-shop": { owner: "a", extensions: [] }, crm: { owner: "a", extensions: [] } };
    const found = { crm: { owner: "postgres", extensions: [], invalid: false } };
    assert.deepEqual(
      planDatabases(wanted, found).map(({ statement }) => statement),
      ['CREATE DATABASE "my-shop" OWNER "a"', 'ALTER DATABASE "crm" OWNER TO "a"'],
    );
    assert.deepEqual(planDatabases({}, found), []);
  });

  it("creates missing extensions in their order, and drops none", () => {
    const wanted = { owner: "a", extensions: ["uuid-ossp", "cube", "earthdistance"] };
    assert.deepEqual(
      planExtensions("shop", wanted, ["cube", "hstore"]).map(({ statement }) => statement),
      ['CREATE EXTENSION "uuid-ossp"', 'CREATE EXTENSION "earthdistance"'],
    );
  });

  it("drops what is told and there, databases before the roles that own them, and nothing else", () => {
    const found: Found = {
      databases: {
        shop: { owner: "app", extensions: [], invalid: false },
        crm: { owner: "app", extensions: [], invalid: false },
      },
      roles: { app: bare, other: bare },
    };
    const drops = [
      { kind: "role", name: "app" },
      { kind: "role", name: "constructor" },
      { kind: "database", name: "shop" },
      { kind: "database", name: "gone" },
    ] as const;
    assert.deepEqual(
      planDrops(drops, found).map(({ statement }) => statement),
      ['DROP DATABASE "shop"', 'DROP ROLE "app"'],
    );
    assert.deepEqual(planDrops([], found), []);
  });
});

describe("what makes the plan impossible", () => {
  const shop: Objects = { roles: {}, databases: { shop: { owner: "a", extensions: ["pg_trgrm"] } } };

  it("is an extension that the image doesn't have, with the nearest, or with all that it has", () => {
    assert.deepEqual(
      objectProblem(shop, noneFound, ["hstore", "pg_trgm"])?.headline,
      "database shop: the members' image has no extension pg_trgrm; did you mean pg_trgm?",
    );
    const none = objectProblem(shop, noneFound, ["postgis", "hstore"]);
    assert.equal(none?.headline, "database shop: the members' image has no extension pg_trgrm");
    assert.equal(none.details[0], "it has: hstore, postgis");
    assert.equal(objectProblem(shop, noneFound, ["pg_trgrm"]), undefined);
  });

  it("is a database that an interrupted DROP DATABASE left", () => {
    const found: Found = { roles: {}, databases: { shop: { owner: "a", extensions: [], invalid: true } } };
    assert.match(
      objectProblem(shop, found, ["pg_trgrm"])?.headline ?? "",
      /^database shop is what an interrupted DROP/,
    );
  });

  it("is a role that Patroni logs in as, declared or to be dropped", () => {
    const credentials = {
      superuserUsername: "admin",
      superuserPassword: "x",
      replicationUsername: "walker",
      replicationPassword: "y",
      rewindUsername: "rewinder",
      rewindPassword: "z",
    };
    const roles = { databases: {}, roles: { walker: group } };
    assert.match(ownRoleProblem(roles, [], credentials)?.headline ?? "", /^role walker is one/);
    const drop = { kind: "role", name: "admin" } as const;
    assert.match(
      ownRoleProblem({ databases: {}, roles: {} }, [drop], credentials)?.headline ?? "",
      /^role admin/,
    );
    assert.equal(ownRoleProblem(shop, [{ kind: "database", name: "admin" }], credentials), undefined);
  });
});

describe("drift of databases and roles", () => {
  const applied: Objects = {
    databases: { crm: { owner: "a", extensions: [] }, shop: { owner: "a", extensions: ["hstore", "cube"] } },
    roles: { a: group, b: { login: true, memberOf: ["a"] } },
  };
  const found: Found = {
    databases: { shop: { owner: "b", extensions: ["cube", "pg_trgm"], invalid: false } },
    roles: { b: { login: true, attributes: ["CREATEDB"], grants: granted("a", "pg_monitor") } },
  };

  it("is how what was asked for stands; what nobody asked for isn't looked at", () => {
    assert.deepEqual(standingObjects(found, applied, "correct"), {
      databases: { shop: { owner: "b", extensions: ["cube"] } },
      roles: { b: { login: true, memberOf: ["a", "pg_monitor"], attributes: ["CREATEDB"] } },
    });
    assert.deepEqual(standingObjects(found, applied, "adopt").roles, {
      b: { login: true, memberOf: ["a"] },
    });
  });

  const told = (wanted: Objects): readonly string[] =>
    objectDriftEffects(applied, standingObjects(found, applied, "correct"), wanted).map(
      ({ change, consequence }) => `${change}: ${consequence}`,
    );

  it("is told with what becomes of it", () => {
    assert.deepEqual(told(applied), [
      "role a isn't there by other hands: created",
      "role b has CREATEDB by other hands: CREATEDB taken away",
      "role b is a member of pg_monitor by other hands: taken out of pg_monitor",
      "database crm isn't there by other hands: created",
      "database shop belongs to b by other hands: given to a",
      "database shop lacks the extension hstore by other hands: extension hstore created",
    ]);
  });

  it("isn't told where the config now wants it so", () => {
    const wanted: Objects = {
      databases: { shop: { owner: "b", extensions: ["cube"] } },
      roles: { b: { login: true, memberOf: ["a", "pg_monitor"] } },
    };
    assert.deepEqual(told(wanted), ["role b has CREATEDB by other hands: CREATEDB taken away"]);
  });

  const name = fc.constantFrom("a", "b", "c", "constructor");
  const objects = fc.record({
    databases: fc.dictionary(
      name,
      fc.record({ owner: name, extensions: fc.uniqueArray(fc.constantFrom("x", "y")) }),
    ),
    roles: fc.dictionary(
      name,
      fc.record({ login: fc.boolean(), memberOf: fc.uniqueArray(name).map((groups) => groups.sort()) }),
    ),
  });

  it("is none between a thing and itself, and every difference is a step", () => {
    fc.assert(
      fc.property(objects, objects, (from, to) => {
        assert.deepEqual(stepsBetween(to, to), []);
        const subjects = new Set(stepsBetween(from, to).map(({ subject }) => subject));
        for (const [role, wanted] of Object.entries(to.roles)) {
          const has = Object.hasOwn(from.roles, role) ? from.roles[role] : undefined;
          const same = has?.login === wanted.login && String(has.memberOf) === String(wanted.memberOf);
          assert.equal(subjects.has(`role ${role}`), !same);
        }
      }),
    );
  });
});
