import { credentials } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as nextRound } from "node:timers/promises";
import type { Readable } from "node:stream";
import type { Wire } from "./pluginClient";
import { call } from "./providerCall";

/** A failed input check. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/**
 * Pulumi's own server of dynamic providers as a process of its own, in the project's folder, driven as the engine
 * drives it. The properties of each call carry the provider's text (`registeredInputs`).
 */
export class DynamicProvider {
  /**
   * What the process printed, standard output first line (the port) excluded, and standard error: all that it had
   * printed when a call came back, and what it has printed since.
   */
  readonly lines: string[] = [];

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    private readonly client: ResourceProviderClient,
  ) {}

  /** Starts a server whose environment is this process's, with `environment` on top. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<DynamicProvider> {
    const server = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const child = spawn(process.execPath, [server, "127.0.0.1:0"], {
      cwd: path.resolve(__dirname, "../.."),
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = createInterface({ input: child.stdout });
    const port = await new Promise<string>((resolve, reject) => {
      output.once("line", resolve);
      child.once("exit", (code) => {
        reject(new Error(`the dynamic provider's server ended with ${String(code)} before it served`));
      });
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const started = new DynamicProvider(child, client);
    output.on("line", (line) => started.lines.push(line));
    createInterface({ input: child.stderr }).on("line", (line) => started.lines.push(line));
    const configure = new messages.ConfigureRequest();
    configure.setArgs(Struct.fromJavaScript({}));
    await call<messages.ConfigureResponse>((done) => client.configure(configure, done));
    return started;
  }

  /** Ends the process as a lost machine would. */
  kill(): void {
    this.client.close();
    this.child.kill("SIGKILL");
  }

  async check(olds: Wire, news: Wire): Promise<{ inputs: Wire; failures: readonly CheckFailure[] }> {
    const request = new messages.CheckRequest();
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await this.call<messages.CheckResponse>((done) => this.client.check(request, done));
    return {
      inputs: response.getInputs()?.toJavaScript() ?? {},
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  /** `olds` are outputs, as Pulumi hands them to dynamic providers. */
  async diff(id: string, olds: Wire, news: Wire): Promise<{ changed: boolean; replaces: readonly string[] }> {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await this.call<messages.DiffResponse>((done) => this.client.diff(request, done));
    return {
      changed: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
    };
  }

  async create(inputs: Wire): Promise<{ id: string; outputs: Wire }> {
    const request = new messages.CreateRequest();
    request.setProperties(Struct.fromJavaScript(inputs as never));
    const response = await this.call<messages.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: response.getProperties()?.toJavaScript() ?? {} };
  }

  async update(id: string, olds: Wire, news: Wire): Promise<Wire> {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await this.call<messages.UpdateResponse>((done) => this.client.update(request, done));
    return response.getProperties()?.toJavaScript() ?? {};
  }

  async read(id: string, outputs: Wire): Promise<{ id: string; outputs: Wire; inputs: Wire }> {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(Struct.fromJavaScript(outputs as never));
    const response = await this.call<messages.ReadResponse>((done) => this.client.read(request, done));
    return {
      id: response.getId(),
      outputs: response.getProperties()?.toJavaScript() ?? {},
      inputs: response.getInputs()?.toJavaScript() ?? {},
    };
  }

  async delete(id: string, outputs: Wire): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(Struct.fromJavaScript(outputs as never));
    await this.call<Empty>((done) => this.client.delete(request, done));
  }

  /** One call. What the process printed before its answer comes by another way, and is waited for. */
  private async call<Response>(start: Parameters<typeof call<Response>>[0]): Promise<Response> {
    try {
      return await call<Response>(start);
    } finally {
      // It is in the pipes by now: one round of the event loop reads them. The first ends the round that goes on.
      await nextRound();
      await nextRound();
    }
  }
}

/**
 * What the engine would get for a resource: its inputs with the provider's text, which Pulumi's own serializer
 * makes. Runs the program under Pulumi's mocks.
 */
export async function registeredInputs(make: () => pulumi.CustomResource): Promise<Wire> {
  let inputs: Wire = {};
  await pulumi.runtime.setMocks({
    newResource: (registered) => {
      inputs = registered.inputs as Wire;
      return { id: "mocked", state: registered.inputs as Wire };
    },
    call: () => ({}),
  });
  const resource = make();
  await new Promise<void>((resolve) => {
    resource.urn.apply(() => {
      resolve();
    });
  });
  return inputs;
}
