import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { silentReporter } from "../../lab/report";
import { loadLabSettings } from "../../lab/settings";
import { ensureTools } from "../../lab/toolchain/ensureTools";

const run = promisify(execFile);

/** Runs commands of `nomad`, `consul` and `vault` that a message told, as an operator would paste them. */
export class Operator {
  private constructor(private readonly binDir: string) {}

  /** Finds the lab's tools. OpenBao's program takes Vault's commands. */
  static async withLabTools(): Promise<Operator> {
    const { toolsDir } = loadLabSettings();
    const only = ["nomad", "consul", "bao"] as const;
    const { nomad, consul, bao } = await ensureTools({
      cacheDir: toolsDir,
      reporter: silentReporter(),
      only,
    });
    const binDir = fs.mkdtempSync(path.join(os.tmpdir(), "operator-"));
    for (const [name, tool] of Object.entries({ nomad, consul, vault: bao }))
      fs.symlinkSync(tool.path, path.join(binDir, name));
    return new Operator(binDir);
  }

  /** Runs a command line in a shell. @throws with what it printed when it ends with anything but 0. */
  async run(command: string): Promise<void> {
    const env = { ...process.env, PATH: `${this.binDir}${path.delimiter}${process.env["PATH"] ?? ""}` };
    await run("/bin/sh", ["-euc", command], { env, timeout: 60_000 });
  }

  /** Removes what `withLabTools` made. */
  leave(): void {
    fs.rmSync(this.binDir, { recursive: true });
  }
}
