import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import * as fc from "fast-check";
import { makePassword } from "../../../lab/plugins/random/passwordText";
import { plugin } from "../../../lab/plugins/random/plugin";
import { PluginClient, secret, unknownText } from "../../support/pluginClient";

const type = "random:index/randomPassword:RandomPassword";

describe("the random stand-in", () => {
  let client: PluginClient;
  before(async () => {
    client = await PluginClient.start(plugin);
  });
  after(() => {
    client.close();
  });

  it("says which version it stands in for", async () => {
    strictEqual(await client.version(), "4.21.2");
  });

  it("makes a password, secret as its hash is", async () => {
    const { inputs, failures } = await client.check(type, { length: 24, special: false });
    deepStrictEqual(failures, []);
    const { id, outputs } = await client.create(type, inputs);
    strictEqual(id, "none");
    const { value } = outputs["result"] as { value: string };
    match(value, /^[A-Za-z0-9]{24}$/);
    deepStrictEqual(outputs["result"], secret(value));
    match((outputs["bcryptHash"] as { value: string }).value, /^\$2a\$10\$/);
    deepStrictEqual([outputs["numeric"], outputs["number"], outputs["special"]], [true, true, false]);
  });

  it("knows nothing secret in a preview", async () => {
    const { outputs } = await client.create(type, { length: 24 }, true);
    deepStrictEqual(outputs["result"], secret(unknownText));
    strictEqual(outputs["length"], 24);
  });

  it("replaces on any change and on none else", async () => {
    const same = await client.diff(type, "none", { length: 24 }, { length: 24 });
    strictEqual(same.changed, false);
    const longer = await client.diff(type, "none", { length: 24, keepers: { a: "1" } }, { length: 32 });
    deepStrictEqual(longer.replaces, ["keepers", "length"]);
  });

  it("keeps the password on a refresh", async () => {
    const outputs = { length: 4, result: secret("abcd") };
    const found = await client.read(type, "none", outputs, { length: 4 });
    deepStrictEqual(found, { outputs, inputs: { length: 4 } });
  });

  it("says that it can't import", async () => {
    await rejects(client.read(type, "hunter2", {}, {}), /can't be imported.*pulumi plugin install/);
  });

  it("names rules that no password can follow", async () => {
    const short = await client.check(type, { length: 3, minUpper: 2, minNumeric: 2 });
    match(
      short.failures.join(),
      /"length" is 3, but minUpper, minLower, minNumeric and minSpecial add up to 4/,
    );
    const none = await client.check(type, {
      length: 3,
      upper: false,
      lower: false,
      numeric: false,
      special: false,
    });
    match(none.failures.join(), /at least one of/);
  });

  it("follows any rules that can be followed", () => {
    const flag = fc.boolean();
    const least = fc.integer({ min: 0, max: 3 });
    const rules = fc.record({
      length: fc.integer({ min: 12, max: 40 }),
      ...{ upper: flag, lower: flag, numeric: flag, special: fc.constant(true) },
      ...{ minUpper: least, minLower: least, minNumeric: least, minSpecial: least },
      overrideSpecial: fc.constantFrom(undefined, "_-"),
    });
    fc.assert(
      fc.property(rules, (given) => {
        const password = makePassword(given);
        const count = (pattern: RegExp): number => password.match(pattern)?.length ?? 0;
        strictEqual(password.length, given.length);
        ok(count(/[A-Z]/g) >= given.minUpper && count(/[a-z]/g) >= given.minLower);
        ok(count(/[0-9]/g) >= given.minNumeric);
        ok(count(given.overrideSpecial === undefined ? /[^A-Za-z0-9]/g : /[_-]/g) >= given.minSpecial);
        if (!given.upper && given.minUpper === 0) strictEqual(count(/[A-Z]/g), 0);
      }),
    );
  });
});
