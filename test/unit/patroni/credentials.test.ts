import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  defaultUsernames,
  findCredentials,
  generatePassword,
  newCredentials,
  passwordLength,
  secretData,
  sharedFieldNames,
} from "../../../patroni/credentials";
import { volumeCluster } from "../../support/examples";

const { fields } = volumeCluster.credentials;

describe("a generated password", () => {
  it("is at least 32 characters that mean nothing special anywhere, a letter first", () => {
    for (let count = 0; count < 500; count++) {
      const password = generatePassword(randomBytes);
      assert.match(password, /^[A-Za-z][A-Za-z0-9]{31,}$/);
      assert.equal(password.length, passwordLength);
    }
  });

  it("has every character equally often", () => {
    const counts = new Map<string, number>();
    const passwords = 4000;
    for (let count = 0; count < passwords; count++)
      for (const character of generatePassword(randomBytes).slice(1))
        counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = (passwords * (passwordLength - 1)) / 62;
    assert.equal(counts.size, 62);
    // Seven standard deviations: a fair generator fails this once in 10^10 runs.
    for (const [character, count] of counts)
      assert.ok(
        Math.abs(count - expected) < 7 * Math.sqrt(expected),
        `${character}: ${count} of ${expected}`,
      );
  });

  it("never takes a byte that would favour a character, nor a digit first", () => {
    const bytes = [255, 248, 61, 0, 61];
    const password = generatePassword((count) =>
      Uint8Array.from({ length: count }, (_, index) => bytes[index % bytes.length] ?? 0),
    );
    assert.match(password, /^A9/);
    assert.equal(password.length, passwordLength);
  });
});

describe("the credentials in a secret", () => {
  const credentials = newCredentials(defaultUsernames, () => generatePassword(randomBytes));

  it("have three different passwords and come back as they were written", () => {
    const data = secretData(credentials, fields);
    assert.deepEqual(Object.keys(data), Object.values(fields));
    const passwords = [fields.superuserPassword, fields.replicationPassword, fields.rewindPassword];
    assert.equal(new Set(passwords.map((name) => data[name])).size, 3);
    assert.equal(data[fields.rewindUsername], "rewind_user");
    assert.deepEqual(findCredentials({ ...data, note: "kept" }, fields), { kind: "complete", credentials });
  });

  it("are incomplete without one of the six fields, and it is named", () => {
    const data: Record<string, unknown> = { ...secretData(credentials, fields) };
    data[fields.rewindPassword] = "";
    data[fields.superuserUsername] = 7;
    Reflect.deleteProperty(data, fields.replicationPassword);
    assert.deepEqual(findCredentials(data, fields), {
      kind: "incomplete",
      missing: ["superuser_username", "replication_password", "rewind_password"],
    });
  });

  it("need six names of their own", () => {
    assert.deepEqual(sharedFieldNames(fields), []);
    const names = { ...fields, rewindPassword: "password", superuserPassword: "password" };
    assert.deepEqual(sharedFieldNames(names), ["password"]);
  });
});
