import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, type OutputMap, type Stack, type UpResult } from "@pulumi/pulumi/automation";
import { parseDocument, type Document } from "yaml";
import type { ClustersOutput } from "../../lab/clustersTable";
import { environment } from "./labSecrets";

/** What an operation on the stack came to. */
export interface Outcome {
  readonly summary: Readonly<Record<string, number>>;
  readonly clusters: ClustersOutput;
  /** All that the engine printed. */
  readonly output: string;
}

/** The program's stack `dev` on the tests' lab, driven by the real engine. */
export class TestStack {
  private constructor(
    private readonly stack: Stack,
    private readonly configFile: string,
  ) {}

  /** Selects the stack, with a configuration of the tests' own that starts as the lab's. */
  static async open(): Promise<TestStack> {
    const configFile = path.join(environment("NOMAD_POSTGRES_LAB_STATE"), "Pulumi.test.yaml");
    fs.copyFileSync(environment("TEST_STACK_CONFIG"), configFile);
    const workDir = path.join(__dirname, "..", "..");
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: "dev", workDir });
    return new TestStack(stack, configFile);
  }

  /** Changes the configuration that the next operation reads. */
  configure(change: (config: Document) => void): void {
    const document = parseDocument(fs.readFileSync(this.configFile, "utf8"));
    change(document);
    fs.writeFileSync(this.configFile, document.toString({ lineWidth: 0 }));
  }

  /** `pulumi up`. @throws when it fails; the message holds the engine's output. */
  async up(): Promise<Outcome> {
    const { configFile } = this;
    return outcome(await this.stack.up({ configFile, color: "never" }));
  }

  /** `pulumi up` that must fail; returns what the engine printed. */
  async failingUp(): Promise<string> {
    try {
      await this.up();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    throw new Error("pulumi up succeeded where it must fail");
  }

  /** `pulumi preview`: how many resources would be created, updated, …, and what it printed. */
  async preview(): Promise<{ readonly changes: Readonly<Record<string, number>>; readonly output: string }> {
    const { changeSummary, stdout } = await this.stack.preview({ configFile: this.configFile, color: "never" });
    return { changes: changeSummary as Record<string, number>, output: stdout };
  }

  /** `pulumi refresh`. */
  async refresh(): Promise<string> {
    return (await this.stack.refresh({ configFile: this.configFile, color: "never" })).stdout;
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<string> {
    return (await this.stack.destroy({ configFile: this.configFile, color: "never" })).stdout;
  }

  /** The state as `pulumi stack export` writes it, secrets encrypted. */
  async exportedState(): Promise<string> {
    return JSON.stringify(await this.stack.exportStack());
  }
}

function outcome({ summary, outputs, stdout }: UpResult): Outcome {
  return { summary: summary.resourceChanges ?? {}, clusters: clustersOf(outputs), output: stdout };
}

function clustersOf(outputs: OutputMap): ClustersOutput {
  return (outputs["clusters"]?.value ?? {}) as ClustersOutput;
}
