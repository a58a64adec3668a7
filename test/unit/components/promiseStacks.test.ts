import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { sparePromiseStacks } from "../../../components/promiseStacks";

/** The SDK's own, which its typings leave out. */
const { debuggablePromise } = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as {
  readonly debuggablePromise: <T>(promise: Promise<T>, context: string) => Promise<T>;
};

/** The stack trace that Pulumi's SDK keeps with a promise. */
function stackOfPromise(): string {
  const promise: Promise<void> & { readonly _debugStackTrace?: string } = Promise.resolve();
  void debuggablePromise(promise, "a promise of this test");
  assert.ok(promise._debugStackTrace !== undefined);
  return promise._debugStackTrace;
}

/** What an error was, and where it was made. */
function stackOfError(): readonly string[] {
  return String(new Error("told").stack).split("\n").slice(0, 2);
}

describe("the stack traces of Pulumi's promises", () => {
  const { prepareStackTrace: usual } = Error as { readonly prepareStackTrace: unknown };
  const variable = "PULUMI_DEBUG_PROMISE_LEAKS";

  afterEach(() => {
    Object.assign(Error, { prepareStackTrace: usual });
    Reflect.deleteProperty(process.env, variable);
  });

  it("are taken by this version of the SDK, unless they are spared", () => {
    assert.match(stackOfPromise(), /^Error\n    at .*debuggablePromise/);
    sparePromiseStacks();
    assert.equal(stackOfPromise(), "");
  });

  it("are left where leaks are looked for", () => {
    process.env[variable] = "1";
    sparePromiseStacks();
    assert.match(stackOfPromise(), /debuggablePromise/);
  });

  for (const [whose, installed] of [
    ["ts-node's", usual],
    ["Node's", undefined],
  ] as const)
    it(`leave an error's own as it is, where it is ${whose}`, () => {
      Object.assign(Error, { prepareStackTrace: installed });
      const before = stackOfError();
      sparePromiseStacks();
      assert.deepEqual(stackOfError(), before);
      assert.equal(before[0], "Error: told");
      assert.match(String(before[1]), /^    at stackOfError \(.*promiseStacks\.test\.ts:\d+:\d+\)$/);
    });
});
