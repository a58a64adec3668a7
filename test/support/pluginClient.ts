import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Plugin } from "../../lab/plugins/framework/plugin";
import { serve } from "../../lab/plugins/framework/serve";
import { call } from "./providerCall";

/** Properties as they are on the wire. */
export type Wire = Record<string, unknown>;

/** How a preview spells a text that it doesn't know yet. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A secret as it is on the wire. */
export function secret(value: unknown): Wire {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

/** What a diff answered. */
export interface DiffAnswer {
  readonly changed: boolean;
  readonly diffs: readonly string[];
  readonly replaces: readonly string[];
}

/** A plugin served on a real gRPC server, driven as the engine drives it. */
export class PluginClient {
  private constructor(
    private readonly client: ResourceProviderClient,
    private readonly stop: () => void,
  ) {}

  /** Serves `plugin` and configures it with `config`, whose keys carry no prefix. */
  static async start(plugin: Plugin, config: Readonly<Record<string, string>> = {}): Promise<PluginClient> {
    const { port, server } = await serve(plugin, undefined);
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const started = new PluginClient(client, () => {
      client.close();
      server.forceShutdown();
    });
    const request = new messages.ConfigureRequest();
    for (const [key, value] of Object.entries(config)) {
      request.getVariablesMap().set(`${plugin.schema.name}:config:${key}`, value);
    }
    await call<messages.ConfigureResponse>((done) => client.configure(request, done));
    return started;
  }

  close(): void {
    this.stop();
  }

  async checkConfig(news: Wire): Promise<readonly string[]> {
    const request = new messages.CheckRequest();
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await call<messages.CheckResponse>((done) => this.client.checkConfig(request, done));
    return response.getFailuresList().map((failure) => failure.getReason());
  }

  async check(
    type: string,
    news: Wire,
    olds: Wire = {},
  ): Promise<{ inputs: Wire; failures: readonly string[] }> {
    const request = new messages.CheckRequest();
    request.setUrn(urnOf(type));
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await call<messages.CheckResponse>((done) => this.client.check(request, done));
    const failures = response.getFailuresList().map((failure) => failure.getReason());
    return { inputs: response.getInputs()?.toJavaScript() ?? {}, failures };
  }

  async diff(
    type: string,
    id: string,
    oldInputs: Wire,
    news: Wire,
    outputs: Wire = oldInputs,
  ): Promise<DiffAnswer> {
    const request = new messages.DiffRequest();
    request.setUrn(urnOf(type));
    request.setId(id);
    request.setOlds(Struct.fromJavaScript(outputs as never));
    request.setOldInputs(Struct.fromJavaScript(oldInputs as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await call<messages.DiffResponse>((done) => this.client.diff(request, done));
    return {
      changed: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
      diffs: response.getDiffsList(),
      replaces: response.getReplacesList(),
    };
  }

  /** Tells the plugin that the run is being interrupted. */
  async cancel(): Promise<void> {
    await call<Empty>((done) => this.client.cancel(new Empty(), done));
  }

  async create(
    type: string,
    inputs: Wire,
    preview = false,
    timeoutSeconds = 0,
  ): Promise<{ id: string; outputs: Wire }> {
    const request = new messages.CreateRequest();
    request.setTimeout(timeoutSeconds);
    request.setUrn(urnOf(type));
    request.setProperties(Struct.fromJavaScript(inputs as never));
    request.setPreview(preview);
    const response = await call<messages.CreateResponse>((done) => this.client.create(request, done));
    return { id: response.getId(), outputs: response.getProperties()?.toJavaScript() ?? {} };
  }

  /** Undefined when the resource is gone. */
  async read(
    type: string,
    id: string,
    outputs: Wire,
    inputs: Wire,
  ): Promise<{ outputs: Wire; inputs: Wire } | undefined> {
    const request = new messages.ReadRequest();
    request.setUrn(urnOf(type));
    request.setId(id);
    request.setProperties(Struct.fromJavaScript(outputs as never));
    request.setInputs(Struct.fromJavaScript(inputs as never));
    const response = await call<messages.ReadResponse>((done) => this.client.read(request, done));
    if (response.getId() === "") return undefined;
    return {
      outputs: response.getProperties()?.toJavaScript() ?? {},
      inputs: response.getInputs()?.toJavaScript() ?? {},
    };
  }

  async update(
    type: string,
    id: string,
    outputs: Wire,
    oldInputs: Wire,
    news: Wire,
    preview = false,
  ): Promise<{ outputs: Wire }> {
    const request = new messages.UpdateRequest();
    request.setUrn(urnOf(type));
    request.setId(id);
    request.setOlds(Struct.fromJavaScript(outputs as never));
    request.setOldInputs(Struct.fromJavaScript(oldInputs as never));
    request.setNews(Struct.fromJavaScript(news as never));
    request.setPreview(preview);
    const response = await call<messages.UpdateResponse>((done) => this.client.update(request, done));
    return { outputs: response.getProperties()?.toJavaScript() ?? {} };
  }

  async delete(type: string, id: string, outputs: Wire): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setUrn(urnOf(type));
    request.setId(id);
    request.setProperties(Struct.fromJavaScript(outputs as never));
    await call<Empty>((done) => this.client.delete(request, done));
  }
}

function urnOf(type: string): string {
  return `urn:pulumi:test::nomad-postgres::${type}::res`;
}
