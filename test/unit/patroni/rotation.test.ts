import assert from "node:assert/strict";
import {
  finishedData,
  isOverdue,
  rotationMarks,
  stagedData,
  versionVariable,
} from "../../../patroni/rotation";
import { scramVerifier } from "../../../patroni/scramVerifier";
import { findCredentials } from "../../../patroni/credentials";
import { volumeCluster } from "../../support/examples";

const { fields } = volumeCluster.credentials;
const inForce = Object.fromEntries<unknown>(
  Object.values<string>({ ...fields }).map((name) => [name, `old ${name}`]),
);
const wanted = { superuserPassword: "new s", replicationPassword: "new r", rewindPassword: "new w" };

describe("a rotation's marks in the secret", () => {
  it("put passwords to come beside those in force, which stay what members find", () => {
    const data = stagedData({ ...inForce, note: "the operator's" }, fields, wanted);
    assert.deepEqual(findCredentials(data, fields), findCredentials(inForce, fields));
    assert.deepEqual(rotationMarks(data, fields), { staged: wanted, rotations: 0 });
    assert.equal(data["note"], "the operator's");
  });

  it("end with the new passwords in force, nothing to come, and one rotation more", () => {
    const once = finishedData(stagedData({ ...inForce, note: "kept" }, fields, wanted), fields, wanted);
    assert.deepEqual(rotationMarks(once, fields), { staged: undefined, rotations: 1 });
    assert.deepEqual(once, {
      ...inForce,
      superuser_password: "new s",
      replication_password: "new r",
      rewind_password: "new w",
      note: "kept",
      rotations: 1,
    });
    const twice = finishedData(stagedData(once, fields, wanted), fields, wanted);
    assert.equal(rotationMarks(twice, fields).rotations, 2);
  });

  it("don't count where one of three passwords is missing, or the number isn't one", () => {
    const partial = stagedData(inForce, fields, { ...wanted, rewindPassword: "" });
    assert.equal(rotationMarks(partial, fields).staged, undefined);
    assert.equal(rotationMarks({ ...inForce, rotations: "many" }, fields).rotations, 0);
  });
});

describe("the variable with the version that members render", () => {
  const source = { mount: "secret", path: "postgres/acme", fields };

  it("is the job's own, with another item for another secret or other fields", () => {
    const { path, item } = versionVariable("postgres-acme", source);
    assert.equal(path, "nomad/jobs/postgres-acme");
    assert.match(item, /^credentials_[0-9a-f]{8}$/);
    const others = [
      { ...source, path: "postgres/beta" },
      { ...source, mount: "kv" },
      { ...source, fields: { ...fields, rewindPassword: "other" } },
    ].map((other) => versionVariable("postgres-acme", other).item);
    assert.equal(new Set([item, ...others]).size, 4);
  });

  it("is the same whatever order the fields come in, as Pulumi sorts them on their way to the provider", () => {
    const sorted = Object.fromEntries(Object.entries(fields).sort()) as typeof fields;
    assert.deepEqual(
      versionVariable("postgres-acme", { ...source, fields: sorted }),
      versionVariable("postgres-acme", source),
    );
  });
});

describe("the age of passwords", () => {
  const now = Date.parse("2026-06-01T00:00:00Z");

  it("is too great only beyond the days that config allows", () => {
    assert.equal(isOverdue("2026-05-01T00:00:00Z", 31, now), false);
    assert.equal(isOverdue("2026-04-30T23:59:59Z", 31, now), true);
  });

  it("never is without a limit, or where it isn't known", () => {
    assert.equal(isOverdue("2001-01-01T00:00:00Z", 0, now), false);
    assert.equal(isOverdue("", 1, now), false);
  });
});

describe("a SCRAM verifier", () => {
  it("is the one of RFC 7677's example", () => {
    // User "user", password "pencil", salt and iterations as in section 3; keys derived from them.
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    assert.equal(
      scramVerifier("pencil", salt),
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });
});
