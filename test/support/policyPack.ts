import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { spawn, type ChildProcess } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { PackResource } from "../../policy/rule";
import { call } from "./providerCall";

/** A violation as the engine hears of it. */
export interface Diagnostic {
  readonly policy: string;
  readonly message: string;
  readonly urn: string;
  readonly mandatory: boolean;
}

/** The policy pack as a process of its own, started by Pulumi's runner of packs and driven as the engine drives it. */
export class PolicyPackProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly client: AnalyzerClient,
  ) {}

  static async start(): Promise<PolicyPackProcess> {
    const folder = path.resolve(__dirname, "../../policy");
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", folder], {
      cwd: folder,
      env: { ...process.env, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => {
        reject(new Error(`the policy pack ended with ${String(code)} before it served`));
      });
    });
    return new PolicyPackProcess(
      child,
      new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure()),
    );
  }

  /** Names of the policies. */
  async policies(): Promise<readonly string[]> {
    const info = await call<messages.AnalyzerInfo>((done) => this.client.getAnalyzerInfo(new Empty(), done));
    return info.getPoliciesList().map((policy) => policy.getName());
  }

  /** Sets what an organisation set for a policy. */
  async configure(policy: string, settings: Readonly<Record<string, JavaScriptValue>>): Promise<void> {
    const config = new messages.PolicyConfig();
    config.setEnforcementlevel(messages.EnforcementLevel.MANDATORY);
    config.setProperties(Struct.fromJavaScript(settings));
    const request = new messages.ConfigureAnalyzerRequest();
    request.getPolicyconfigMap().set(policy, config);
    await call<Empty>((done) => this.client.configure(request, done));
  }

  /** What the pack has against a stack. */
  async analyze(resources: readonly PackResource[]): Promise<readonly Diagnostic[]> {
    const request = new messages.AnalyzeStackRequest();
    for (const { type, urn, props } of resources) {
      const resource = new messages.AnalyzerResource();
      resource.setType(type);
      resource.setUrn(urn);
      // As the engine sends them, empty as they are: without, the pack takes it for one of before 2019.
      const options = new messages.AnalyzerResourceOptions();
      options.setCustomtimeouts(new messages.AnalyzerResourceOptions.CustomTimeouts());
      resource.setOptions(options);
      resource.setProperties(Struct.fromJavaScript(props as Record<string, JavaScriptValue>));
      request.addResources(resource);
    }
    const response = await call<messages.AnalyzeResponse>((done) => this.client.analyzeStack(request, done));
    return response.getDiagnosticsList().map((diagnostic) => ({
      policy: diagnostic.getPolicyname(),
      message: diagnostic.getMessage(),
      urn: diagnostic.getUrn(),
      mandatory: diagnostic.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
    }));
  }

  kill(): void {
    this.client.close();
    this.child.kill("SIGKILL");
  }
}
