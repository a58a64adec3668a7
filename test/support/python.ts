import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";

const imageFolder = join(__dirname, "..", "..", "image");

/** Declares tests of the image's Python programs, run by this machine's python3. Without one (3.9) they are skipped. */
export function describeWithPython(title: string, tests: (this: Mocha.Suite) => void): void {
  const enough = "import sys; sys.exit(sys.version_info < (3, 9))";
  if (spawnSync("python3", ["-c", enough]).status === 0) describe(title, tests);
  else
    describe(title, () => {
      it("needs python3, 3.9 or newer, on this machine");
    });
}

/** A Python program that runs. */
export class PythonRun {
  /** Both outputs so far. */
  output = "";
  private readonly ended: Promise<number | string>;
  private readonly child: ChildProcess;

  /** Starts code that may import the image's modules, or one of its files. */
  constructor(
    what: { readonly code: string } | { readonly file: string },
    options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    const program = "code" in what ? ["-c", what.code] : [join(imageFolder, what.file)];
    const env = {
      PATH: process.env["PATH"],
      PYTHONPATH: imageFolder,
      PYTHONDONTWRITEBYTECODE: "1",
      ...options.env,
    };
    this.child = spawn("python3", program, { env });
    const add = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    this.child.stdout?.on("data", add);
    this.child.stderr?.on("data", add);
    this.child.stdin?.end(options.input ?? "");
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        resolve(code ?? signal ?? "");
      });
    });
  }

  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for its end: its exit code, or the signal that ended it. */
  async end(): Promise<number | string> {
    return this.ended;
  }
}
