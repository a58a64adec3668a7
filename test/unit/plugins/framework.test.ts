import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { PartialFailure, PluginFailure } from "../../../lab/plugins/framework/failure";
import type { Plugin, ResourceType } from "../../../lab/plugins/framework/plugin";
import { integer, listOf, mapOf, objectOf, string } from "../../../lab/plugins/framework/schema";
import type { Bag } from "../../../lab/plugins/framework/values";
import { PluginClient, secret, unknownText } from "../../support/pluginClient";
import { failureOf } from "../../support/providerCall";

const type = "toy:index/thing:Thing";

/** A resource type that keeps its resource in this process. */
function thing(kept: Map<string, Bag>): ResourceType {
  return {
    schema: {
      token: type,
      inputs: {
        name: { type: string, autoName: true, replaces: true },
        size: { type: integer, required: true },
        color: { type: string, default: "red" },
        node: { type: string, computed: true },
        tags: { type: listOf(string), unordered: true },
        labels: { type: mapOf(string) },
        box: { type: objectOf({ width: { type: integer, required: true }, lid: { type: string } }) },
        password: { type: string },
        later: { type: string, refused: "it is not needed here; leave it out" },
      },
      outputs: {
        node: { type: string },
        address: { type: string, required: true },
        key: { type: string, secret: true },
      },
    },
    foresee: (inputs) => ({ address: `toy://${JSON.stringify(inputs["name"])}` }),
    create: (inputs) => {
      const outputs = { ...inputs, address: "toy://1", key: "k3y" };
      if (inputs["size"] === 13)
        throw new PluginFailure(`the toy box refuses ${JSON.stringify(inputs["password"])}`);
      if (inputs["size"] === 16) throw new PluginFailure("the toy box refuses the pin hunter2");
      if (inputs["size"] === 14) throw new PartialFailure("the thing broke", "thing-1", outputs);
      if (inputs["size"] === 15) throw new Error("oops");
      kept.set("thing-1", outputs);
      return Promise.resolve({ id: "thing-1", outputs });
    },
    read: (state, inputs) => {
      const outputs = kept.get(state.id);
      return Promise.resolve(outputs === undefined ? undefined : { id: state.id, outputs, inputs });
    },
    update: (state, _olds, news) => Promise.resolve({ ...state.outputs, ...news }),
    delete: (state) => {
      kept.delete(state.id);
      return Promise.resolve();
    },
  };
}

const toys = new Map<string, Bag>();
const plugin: Plugin = {
  schema: {
    name: "toy",
    version: "1.2.3",
    config: { address: { type: string }, tls: { type: string, refused: "use plain HTTP" } },
    resources: [thing(toys).schema],
  },
  resources: () => [thing(toys)],
};

describe("the plugin framework, over gRPC", () => {
  let client: PluginClient;
  before(async () => {
    client = await PluginClient.start(plugin);
  });
  after(() => {
    client.close();
  });

  describe("check", () => {
    it("fills in defaults and a name, and keeps the name", async () => {
      const { inputs } = await client.check(type, { size: 1 });
      match(inputs["name"] as string, /^res-[0-9a-f]{7}$/);
      strictEqual(inputs["color"], "red");
      const again = await client.check(type, { size: 1 }, inputs);
      strictEqual(again.inputs["name"], inputs["name"]);
    });

    it("names every wrong input at once", async () => {
      const { failures } = await client.check(type, {
        colour: "blue",
        tags: ["a", 1],
        labels: { a: true },
        box: { lid: "x", widht: 3 },
        later: "yes",
      });
      deepStrictEqual(failures, [
        'toy:index/thing:Thing has no input "colour"; did you mean "color"?',
        '"size" is missing: it must be a whole number',
        '"tags[1]" must be a string, found a number',
        '"labels.a" must be a string, found a boolean',
        '"box" has no field "widht"; did you mean "width"?',
        '"box.width" is missing: it must be a whole number',
        '"later" is not carried out by this stand-in: it is not needed here; leave it out',
      ]);
    });

    it("lets unknown values pass, at any depth", async () => {
      const { failures, inputs } = await client.check(type, {
        size: unknownText,
        tags: [unknownText],
        box: { width: unknownText },
      });
      deepStrictEqual(failures, []);
      strictEqual(inputs["size"], unknownText);
    });

    it("keeps secrets secret", async () => {
      const { inputs } = await client.check(type, { size: 1, password: secret("hunter2") });
      deepStrictEqual(inputs["password"], secret("hunter2"));
    });

    it("refuses a type that it doesn't know, and says what to do", async () => {
      const { failures } = await client.check("toy:index/other:Other", { size: 1 });
      match(failures.join(), /does not carry out toy:index\/other:Other, only toy:index\/thing:Thing/);
      match(failures.join(), /pulumi plugin install resource toy 1\.2\.3/);
    });
  });

  describe("settings", () => {
    it("accepts known ones and the engine's own", async () => {
      deepStrictEqual(await client.checkConfig({ address: "x", version: "1.2.3", __internal: {} }), []);
    });
    it("refuses others", async () => {
      deepStrictEqual(await client.checkConfig({ adress: "x", tls: "y" }), [
        'the toy provider has no setting "toy:adress"; did you mean "toy:address"?',
        '"toy:tls" is not carried out by this stand-in: use plain HTTP',
      ]);
    });
  });

  describe("diff", () => {
    const olds = { name: "a", size: 1, color: "red", tags: ["x", "y"], labels: { a: "1" } };
    it("finds nothing between equals, in whatever order", async () => {
      const answer = await client.diff(type, "thing-1", olds, { ...olds, tags: ["y", "x"] });
      deepStrictEqual(answer, { changed: false, diffs: [], replaces: [] });
    });
    it("tells updates from replacements", async () => {
      const answer = await client.diff(type, "thing-1", olds, {
        ...olds,
        name: "b",
        size: 2,
        labels: { a: "2" },
      });
      deepStrictEqual(answer, { changed: true, diffs: ["name", "size", "labels"], replaces: ["name"] });
    });
    it("takes a value that isn't known for a change", async () => {
      const answer = await client.diff(type, "thing-1", olds, { ...olds, labels: { a: unknownText } });
      deepStrictEqual(answer.diffs, ["labels"]);
    });
    it("finds a change in a secret, and none in a value that became secret", async () => {
      const changed = await client.diff(
        type,
        "t",
        { ...olds, password: secret("a") },
        { ...olds, password: secret("b") },
      );
      deepStrictEqual(changed.diffs, ["password"]);
      const hidden = await client.diff(
        type,
        "t",
        { ...olds, password: "a" },
        { ...olds, password: secret("a") },
      );
      strictEqual(hidden.changed, false);
    });
    it("leaves a computed input alone when the program no longer sets it", async () => {
      strictEqual((await client.diff(type, "thing-1", { ...olds, node: "n1" }, olds)).changed, false);
      strictEqual(
        (await client.diff(type, "thing-1", { ...olds, node: "n1" }, { ...olds, node: "n2" })).changed,
        true,
      );
    });
    it("takes a default that an old state lacks for no change", async () => {
      strictEqual(
        (await client.diff(type, "thing-1", { size: 1 }, { size: 1, color: "red" })).changed,
        false,
      );
    });
  });

  describe("life", () => {
    it("creates, reads, updates and deletes", async () => {
      const created = await client.create(type, { name: "a", size: 1, password: secret("hunter2") });
      strictEqual(created.id, "thing-1");
      deepStrictEqual(created.outputs["key"], secret("k3y"));
      deepStrictEqual(created.outputs["password"], secret("hunter2"));
      const found = await client.read(type, created.id, created.outputs, { size: 1 });
      deepStrictEqual(found?.outputs, created.outputs);
      const updated = await client.update(type, created.id, created.outputs, { size: 1 }, { size: 2 });
      strictEqual(updated.outputs["size"], 2);
      await client.delete(type, created.id, updated.outputs);
      strictEqual(await client.read(type, created.id, updated.outputs, { size: 2 }), undefined);
    });

    it("foretells in a preview, and does nothing", async () => {
      toys.clear();
      const inputs = { name: "a", size: 1, password: secret(unknownText) };
      const created = await client.create(type, inputs, true);
      deepStrictEqual(created.outputs, {
        ...inputs,
        address: 'toy://"a"',
        key: secret(unknownText),
        node: unknownText,
      });
      strictEqual(toys.size, 0);
    });

    it("keeps secrets out of errors", async () => {
      await rejects(client.create(type, { size: 13, password: secret("hunter2") }), {
        message: 'the toy box refuses "[secret]"',
      });
      // Servers answer with parts of a document that went to them as one text.
      await rejects(client.create(type, { size: 16, password: secret('{"users":[{"pin":"hunter2"}]}') }), {
        message: "the toy box refuses the pin [secret]",
      });
    });

    it("hands over what exists when it isn't as it should be, secrets marked", async () => {
      const { partial } = await failureOf(client.create(type, { size: 14, password: secret("hunter2") }));
      strictEqual(partial?.id, "thing-1");
      deepStrictEqual(partial.reasons, ["the thing broke"]);
      deepStrictEqual(partial.outputs["password"], secret("hunter2"));
      deepStrictEqual(partial.outputs["key"], secret("k3y"));
    });

    it("owns up to its own faults", async () => {
      await rejects(
        client.create(type, { size: 15 }),
        /the stand-in plugin failed in a way that it shouldn't: oops/,
      );
    });
  });
});
