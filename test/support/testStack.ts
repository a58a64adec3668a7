import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, type OutputMap, type Stack, type UpResult } from "@pulumi/pulumi/automation";
import { parseDocument, type Document } from "yaml";
import type { ClustersOutput } from "../../lab/clustersTable";
import { labStack, projectDir } from "../../lab/workspace";
import { InterruptibleUp } from "./interruptibleUp";
import { environment, operatorTokens } from "./labSecrets";

/** What an operation on the stack came to. */
export interface Outcome {
  readonly summary: Readonly<Record<string, number>>;
  readonly clusters: ClustersOutput;
  /** All that the engine printed. */
  readonly output: string;
}

/** What an `up` does beyond Pulumi's defaults. */
export interface UpWays {
  /** `--refresh`: look at what is there first. */
  readonly refresh?: boolean;
  /** `--continue-on-error`: what doesn't depend on a failure is done all the same. */
  readonly continueOnError?: boolean;
  /** `--replace`: URNs, in which `**` stands for anything. */
  readonly replace?: string;
}

/** How one of the project's commands ended. */
export interface CommandOutcome {
  /** Null when it was killed, as after two minutes. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The project's commands that a test runs. */
type CommandName = "status" | "switchover" | "reinit" | "move" | "cleanup";

/** The program's stack `dev` on the tests' lab, driven by the real engine in the operator's name. */
export class TestStack {
  private constructor(
    private readonly stack: Stack,
    private readonly configFile: string,
  ) {}

  /**
   * Selects the stack, with a configuration of the tests' own that starts as the lab's. `name` gives it a state of
   * its own, so that what one file of tests leaves behind is no other's concern.
   */
  static async open(name?: string): Promise<TestStack> {
    const stateDir = environment("NOMAD_POSTGRES_LAB_STATE");
    const configFile = path.join(stateDir, `Pulumi.${name ?? "test"}.yaml`);
    fs.copyFileSync(environment("TEST_STACK_CONFIG"), configFile);
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "dev", workDir: projectDir },
      {
        envVars: {
          ...operatorTokens(),
          ...(name === undefined ? {} : ownState(path.join(stateDir, `pulumi-state-${name}`))),
        },
      },
    );
    return new TestStack(stack, configFile);
  }

  /** Changes the configuration that the next operation reads. */
  configure(change: (config: Document) => void): void {
    const document = parseDocument(fs.readFileSync(this.configFile, "utf8"));
    change(document);
    fs.writeFileSync(this.configFile, document.toString({ lineWidth: 0 }));
  }

  /** Sets a variable for the operations that follow. */
  setVariable(name: string, value: string): void {
    const { workspace } = this.stack;
    workspace.envVars = { ...workspace.envVars, [name]: value };
  }

  /** `pulumi up`. @throws when it fails; the message holds the engine's output. */
  async up({ replace, ...ways }: UpWays = {}): Promise<Outcome> {
    const { configFile } = this;
    const urns = replace === undefined ? {} : { replace: [replace] };
    return outcome(await this.stack.up({ configFile, color: "never", ...ways, ...urns }));
  }

  /** `pulumi up` that must fail; returns what the engine printed. */
  async failingUp(ways: UpWays = {}): Promise<string> {
    try {
      await this.up(ways);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    throw new Error("pulumi up succeeded where it must fail");
  }

  /** `pulumi preview`: how many resources would be created, updated, …, and what it printed. */
  async preview(): Promise<{ readonly changes: Readonly<Record<string, number>>; readonly output: string }> {
    const { changeSummary, stdout } = await this.stack.preview({
      configFile: this.configFile,
      color: "never",
    });
    return { changes: changeSummary, output: stdout };
  }

  /** `pulumi refresh`. */
  async refresh(): Promise<string> {
    return (await this.stack.refresh({ configFile: this.configFile, color: "never" })).stdout;
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<string> {
    return (await this.stack.destroy({ configFile: this.configFile, color: "never" })).stdout;
  }

  /** `pulumi cancel`: takes away the lock that a killed engine left behind. */
  async cancel(): Promise<void> {
    await this.stack.cancel();
  }

  /** `pulumi up` as a process of its own, which can be interrupted. */
  startUp(): InterruptibleUp {
    return new InterruptibleUp(this.configFile, this.stack.workspace.envVars);
  }

  /** One of the project's commands (`bin/<name>.js`) for this stack, as an operator runs it. */
  async command(name: CommandName, ...args: readonly string[]): Promise<CommandOutcome> {
    return this.commandKilledAt(undefined, name, ...args);
  }

  /** The same, killed as soon as it prints something like `pattern`. */
  async commandKilledAt(
    pattern: RegExp | undefined,
    name: CommandName,
    ...args: readonly string[]
  ): Promise<CommandOutcome> {
    const program = path.join(projectDir, "bin", `${name}.js`);
    const stack = ["--stack", labStack, "--config-file", this.configFile];
    const env = { ...process.env, ...this.stack.workspace.envVars };
    return new Promise((resolve) => {
      const options = { cwd: projectDir, env, timeout: 120_000 };
      const child = execFile(process.execPath, [program, ...stack, ...args], options, (_, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      });
      let said = "";
      child.stdout?.on("data", (text: string) => {
        said += text;
        if (pattern?.test(said) === true) child.kill("SIGKILL");
      });
    });
  }

  /** The state as `pulumi stack export` writes it, secrets encrypted. */
  async exportedState(): Promise<string> {
    return JSON.stringify(await this.stack.exportStack());
  }
}

/** The environment of a state folder of its own, which is made. */
function ownState(folder: string): Record<string, string> {
  fs.mkdirSync(folder, { recursive: true });
  return { PULUMI_BACKEND_URL: `file://${folder}` };
}

function outcome({ summary, outputs, stdout }: UpResult): Outcome {
  return { summary: summary.resourceChanges ?? {}, clusters: clustersOf(outputs), output: stdout };
}

function clustersOf(outputs: OutputMap): ClustersOutput {
  return (outputs["clusters"]?.value ?? {}) as ClustersOutput;
}
