import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

interface Bootstrap {
  describe(error: unknown, debug?: string): string;
  checkNode(version: string): void;
  whatIsMissing(directory: string): string | undefined;
  staleLocalPackage(directory: string): string | undefined;
}

const projectRoot = join(__dirname, "..", "..", "..");
// It is plain JavaScript, for it runs before there is a compiler.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const bootstrap = require("../../../bin/bootstrap.js") as Bootstrap;

/** A project in a folder of its own: a lock file, a program, and an `npm` that only pretends. */
class Project {
  readonly root = mkdtempSync(join(tmpdir(), "bootstrap-"));
  readonly lock = {
    packages: {
      "": { name: "project" },
      "node_modules/left-pad": { version: "1.0.0", integrity: "sha512-left" },
      "node_modules/only-on-plan9": { version: "2.0.0", integrity: "sha512-only", optional: true },
      "node_modules/local": { resolved: "sdks/local", link: true },
    },
  };

  constructor() {
    mkdirSync(join(this.root, "bin"), { recursive: true });
    copyFileSync(join(projectRoot, "bin", "bootstrap.js"), join(this.root, "bin", "bootstrap.js"));
    this.write("package-lock.json", JSON.stringify(this.lock));
    copyFileSync(join(projectRoot, "tsconfig.json"), join(this.root, "tsconfig.json"));
    this.write("sdks/local/package.json", '{"main":"bin/index.js"}');
    this.write("sdks/local/index.ts", "export {};");
    this.writeNpm("exit 1");
  }

  write(file: string, text: string): void {
    const path = join(this.root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  writeNpm(script: string): void {
    this.write("path/npm", `#!/bin/sh\necho "$1" >> ran\n${script}\n`);
    chmodSync(join(this.root, "path", "npm"), 0o755);
  }

  /** What a finished `npm ci` leaves, but for the package that doesn't exist on this platform. */
  install(packages: object = { ...this.lock.packages, "node_modules/only-on-plan9": undefined }): void {
    this.write("node_modules/.package-lock.json", JSON.stringify({ packages }));
    for (const name of ["ts-node", "typescript"]) {
      symlinkSync(join(projectRoot, "node_modules", name), join(this.root, "node_modules", name));
    }
    this.compileLocal();
  }

  compileLocal(): void {
    this.write("sdks/local/bin/index.js", "");
  }

  async run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const script = `void require("./bin/bootstrap.js").run("program.ts", ${JSON.stringify(args)})`;
    const child = spawn(process.execPath, ["-e", script], {
      cwd: this.root,
      env: { ...process.env, PATH: `${this.root}/path:/usr/bin:/bin`, DEBUG: "", ...env },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, "close")) as unknown[];
    return { code, stdout, stderr };
  }
}

describe("the bootstrap", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => {
    rmSync(project.root, { recursive: true, force: true });
  });

  it("names the Node.js that it needs", () => {
    for (const enough of ["20.3.0", "20.20.2", "22.0.0", "26.1.0"]) bootstrap.checkNode(enough);
    for (const old of ["18.19.1", "20.2.0"]) {
      assert.throws(
        () => {
          bootstrap.checkNode(old);
        },
        { message: new RegExp(`This needs Node\\.js 20\\.3 or newer, and this is ${old}\\. Install`) },
      );
    }
  });

  it("knows when the dependencies have to be installed", () => {
    const why = (): string | undefined => bootstrap.whatIsMissing(project.root);
    assert.equal(why(), "there are none yet");
    project.write("node_modules/left-pad/index.js", "");
    assert.equal(why(), "the last installation did not finish");
    project.install();
    assert.equal(why(), undefined);
    const changed = structuredClone(project.lock);
    changed.packages["node_modules/left-pad"].version = "1.1.0";
    project.write("package-lock.json", JSON.stringify(changed));
    assert.equal(why(), "package-lock.json wants another left-pad");
    rmSync(join(project.root, "package-lock.json"));
    assert.throws(why, /package-lock\.json can't be read\. Restore it/);
  });

  it("knows when a package of the project's own has to be compiled", () => {
    const stale = (): string | undefined => bootstrap.staleLocalPackage(project.root);
    assert.equal(stale(), "sdks/local");
    project.compileLocal();
    assert.equal(stale(), undefined);
    const later = Date.now() / 1000 + 60;
    utimesSync(join(project.root, "sdks", "local", "index.ts"), later, later);
    assert.equal(stale(), "sdks/local");
  });

  it("shows a user's error whole, and any other in a line unless DEBUG is set", () => {
    const mistake = Object.assign(new Error("Port 4646 is taken.\nStop the other lab."), {
      name: "UserError",
    });
    assert.equal(bootstrap.describe(mistake), "Port 4646 is taken.\nStop the other lab.");
    const bug = new Error("x is undefined\nand more");
    assert.match(
      bootstrap.describe(bug),
      /^Something unexpected went wrong: x is undefined \(.*DEBUG=1.*\)$/,
    );
    assert.match(bootstrap.describe(bug, "1"), /x is undefined\nand more\n\s+at /);
    assert.match(bootstrap.describe("thrown as text"), /thrown as text/);
  });

  it("runs a program with its arguments and its exit code", async () => {
    project.install();
    project.write(
      "program.ts",
      "const text: string = process.argv.slice(2).join();\nconsole.log(text);\nprocess.exitCode = 3;",
    );
    assert.deepEqual(await project.run(["up", "--now"]), { code: 3, stdout: "up,--now\n", stderr: "" });
  });

  it("turns what a program throws, now or later, into one line", async () => {
    project.install();
    for (const thrown of [
      "throw new Error('no such thing');",
      "void Promise.reject(new Error('no such thing'));",
    ]) {
      project.write("program.ts", thrown);
      const { code, stderr } = await project.run([]);
      assert.equal(code, 1);
      assert.match(stderr, /^Something unexpected went wrong: no such thing \(.*\)\n$/);
    }
    assert.match((await project.run([], { DEBUG: "1" })).stderr, /program\.ts:1/);
  });

  it("installs what is missing first, and compiles the project's own packages", async () => {
    const finished = JSON.stringify({ packages: project.lock.packages });
    const modules = join(projectRoot, "node_modules");
    project.writeNpm(
      `case $1 in ci) mkdir node_modules; ln -s ${modules}/ts-node ${modules}/typescript node_modules/;` +
        `echo '${finished}' > node_modules/.package-lock.json;; run) mkdir sdks/local/bin; : > sdks/local/bin/index.js;; esac`,
    );
    project.write("program.ts", "console.log(require('fs').readFileSync('ran', 'utf8'));");
    const { code, stdout, stderr } = await project.run([]);
    assert.equal(
      stderr.replace(/\d+ s/g, "N s").split("\n")[0],
      "installing the dependencies, because there are none yet (took half a minute elsewhere) ...",
    );
    assert.deepEqual([code, stdout], [0, "ci\nrun\n\n"]);
  });

  it("shows what npm says when it fails", async () => {
    project.writeNpm(
      "echo 'npm error code ENOTFOUND' >&2; echo 'npm error network request failed' >&2; exit 7",
    );
    const { code, stderr } = await project.run([]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /npm ci .* failed in .*:\nnpm error code ENOTFOUND\nnpm error network request failed\n$/,
    );
    rmSync(join(project.root, "path", "npm"));
    assert.match((await project.run([], { PATH: "/nowhere" })).stderr, /npm is not on PATH/);
  });
});
