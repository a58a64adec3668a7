import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A project of its own with the loader in it, and the real compiler. */
function makeProject(): string {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), "load-typescript-"));
  const root = path.join(__dirname, "../../..");
  for (const folder of ["providers", "node_modules"]) fs.mkdirSync(path.join(project, folder));
  fs.copyFileSync(
    path.join(root, "providers/loadTypeScript.js"),
    path.join(project, "providers/loadTypeScript.js"),
  );
  fs.symlinkSync(path.join(root, "node_modules/typescript"), path.join(project, "node_modules/typescript"));
  return project;
}

/** What the project's `providers/work.ts` says in a new process, and whether that needed the compiler. */
function run(project: string): { said: unknown; compiled: boolean } {
  const script = `
    require("./providers/loadTypeScript.js");
    const { said } = require("./providers/work");
    const compiled = Object.keys(require.cache).some((file) => file.endsWith("typescript.js"));
    console.log(JSON.stringify({ said, compiled }));`;
  return JSON.parse(execFileSync(process.execPath, ["-e", script], { cwd: project, encoding: "utf8" })) as {
    said: unknown;
    compiled: boolean;
  };
}

describe("loading TypeScript in the providers' process", () => {
  let project = "";

  beforeEach(() => {
    project = makeProject();
    write(
      "providers/work.ts",
      'import { word } from "./word";\nexport const said: string = word as string;\n',
    );
    write("providers/word.ts", 'export const word: unknown = "one";\n');
  });
  afterEach(() => {
    fs.rmSync(project, { recursive: true, force: true });
  });

  function write(file: string, content: string): void {
    fs.writeFileSync(path.join(project, file), content);
  }

  it("compiles once", () => {
    assert.deepEqual(run(project), { said: "one", compiled: true });
    assert.deepEqual(run(project), { said: "one", compiled: false });
  });

  it("compiles anew what has changed", () => {
    run(project);
    write("providers/word.ts", 'export const word: unknown = "two";\n');
    assert.deepEqual(run(project), { said: "two", compiled: true });
    assert.deepEqual(run(project), { said: "two", compiled: false });
  });

  it("works where nothing can be kept", () => {
    write("node_modules/.cache", "a file where the folder should be");
    assert.deepEqual(run(project), { said: "one", compiled: true });
    assert.deepEqual(run(project), { said: "one", compiled: true });
  });
});
