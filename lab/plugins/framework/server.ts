import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { checkConfig, settings } from "./config";
import { engineLog } from "./engineLog";
import type { EngineLog } from "./engineLog";
import { PluginFailure } from "./failure";
import * as lifecycle from "./lifecycle";
import type { Operation, Plugin, ResourceType } from "./plugin";
import { changeMessage, failureMessage, readBag, unary, writeBag } from "./rpc";
import { sameValue } from "./values";

/** Identifies the resource of a request. */
interface ResourceRequest {
  getUrn(): string;
}

/**
 * The engine's provider protocol (`proto/pulumi/provider.proto`) over the methods of a plugin's resource types.
 * Functions, components and imports are not among what a stand-in carries out.
 */
export class ProviderServer {
  private readonly stopping = new AbortController();
  private resources: ReadonlyMap<string, ResourceType> | undefined;
  private log: EngineLog;

  /** @param engineAddress `host:port` for log lines; undefined drops them. */
  constructor(
    private readonly plugin: Plugin,
    engineAddress: string | undefined,
  ) {
    this.log = engineLog(engineAddress);
  }

  /** The methods by the names that gRPC calls them. */
  implementation(): UntypedServiceImplementation {
    const { schema } = this.plugin;
    return {
      attach: unary((request: PluginAttach) => {
        this.log = engineLog(request.getAddress());
        return new Empty();
      }),
      cancel: unary(() => {
        this.stopping.abort(new PluginFailure("stopped because the engine was told to stop"));
        return new Empty();
      }),
      getPluginInfo: unary(() => {
        const info = new PluginInfo();
        info.setVersion(schema.version);
        return info;
      }),
      getSchema: unary(() => {
        const response = new messages.GetSchemaResponse();
        response.setSchema(JSON.stringify({ name: schema.name, version: schema.version }));
        return response;
      }),
      checkConfig: unary((request: messages.CheckRequest) => this.checkConfig(request)),
      diffConfig: unary((request: messages.DiffRequest) => this.diffConfig(request)),
      configure: unary((request: messages.ConfigureRequest) => this.configure(request)),
      check: unary((request: messages.CheckRequest) => this.check(request)),
      diff: unary((request: messages.DiffRequest) => this.diff(request)),
      create: unary((request: messages.CreateRequest) => this.create(request)),
      read: unary((request: messages.ReadRequest) => this.read(request)),
      update: unary((request: messages.UpdateRequest) => this.update(request)),
      delete: unary((request: messages.DeleteRequest) => this.delete(request)),
      invoke: unary((request: messages.InvokeRequest) => this.refuse(`the function ${request.getTok()}`)),
      call: unary((request: messages.CallRequest) => this.refuse(`the method ${request.getTok()}`)),
      construct: unary((request: messages.ConstructRequest) =>
        this.refuse(`the component ${request.getType()}`),
      ),
    };
  }

  private checkConfig(request: messages.CheckRequest): messages.CheckResponse {
    const response = new messages.CheckResponse();
    const news = readBag(request.getNews());
    response.setInputs(writeBag(news.values, news.secrets));
    response.setFailuresList(checkConfig(this.plugin.schema, news.values).map(failureMessage));
    return response;
  }

  private diffConfig(request: messages.DiffRequest): messages.DiffResponse {
    const olds = readBag(request.getOldInputs() ?? request.getOlds()).values;
    const same = sameValue(olds, readBag(request.getNews()).values);
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const response = new messages.DiffResponse();
    response.setChanges(same ? DIFF_NONE : DIFF_SOME);
    return response;
  }

  private configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    const config = settings(this.plugin.schema, request.getVariablesMap().toObject());
    const resources = this.plugin.resources(config);
    this.resources = new Map(resources.map((resource) => [resource.schema.token, resource]));
    const response = new messages.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }

  private async check(request: messages.CheckRequest): Promise<messages.CheckResponse> {
    const response = new messages.CheckResponse();
    const resource = this.find(typeOf(request));
    const news = readBag(request.getNews());
    if (resource === undefined) {
      response.setInputs(writeBag(news.values, news.secrets));
      response.addFailures(failureMessage({ property: "", reason: this.refusal(typeOf(request)) }));
      return response;
    }
    const olds = readBag(request.getOlds());
    const checked = await lifecycle.check(resource, olds, news, this.operation(request));
    response.setInputs(writeBag(checked.inputs, news.secrets));
    response.setFailuresList(checked.failures.map(failureMessage));
    return response;
  }

  private async diff(request: messages.DiffRequest): Promise<messages.DiffResponse> {
    const resource = this.require(request);
    const changes = await lifecycle.diff(
      resource,
      {
        outputs: readBag(request.getOlds()),
        inputs: readBag(request.getOldInputs()),
        news: readBag(request.getNews()),
        ignored: request.getIgnorechangesList(),
      },
      this.operation(request),
    );
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const response = new messages.DiffResponse();
    response.setChanges(changes.size === 0 ? DIFF_NONE : DIFF_SOME);
    response.setDiffsList([...changes.keys()]);
    response.setReplacesList([...changes].filter(([, change]) => change.replaces).map(([name]) => name));
    response.setHasdetaileddiff(true);
    for (const [name, change] of changes) response.getDetaileddiffMap().set(name, changeMessage(change));
    return response;
  }

  private async create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const inputs = readBag(request.getProperties());
    const operation = this.operation(request, request.getTimeout());
    const created = await lifecycle.create(this.require(request), inputs, request.getPreview(), operation);
    const response = new messages.CreateResponse();
    response.setId(created.id);
    response.setProperties(writeBag(created.outputs, created.secrets));
    return response;
  }

  private async read(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const state = { id: request.getId(), outputs: readBag(request.getProperties()) };
    const inputs = readBag(request.getInputs());
    const found = await lifecycle.read(this.require(request), state, inputs, this.operation(request));
    const response = new messages.ReadResponse();
    if (found === undefined) return response;
    response.setId(found.id);
    response.setProperties(writeBag(found.outputs, found.secrets));
    response.setInputs(writeBag(found.inputs, found.secrets));
    return response;
  }

  private async update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const update = {
      id: request.getId(),
      outputs: readBag(request.getOlds()),
      olds: readBag(request.getOldInputs()),
      news: readBag(request.getNews()),
      preview: request.getPreview(),
    };
    const operation = this.operation(request, request.getTimeout());
    const updated = await lifecycle.update(this.require(request), update, operation);
    const response = new messages.UpdateResponse();
    response.setProperties(writeBag(updated.outputs, updated.secrets));
    return response;
  }

  private async delete(request: messages.DeleteRequest): Promise<Empty> {
    const state = { id: request.getId(), outputs: readBag(request.getProperties()).values };
    await this.require(request).delete(state, this.operation(request, request.getTimeout()));
    return new Empty();
  }

  private operation(request: ResourceRequest, timeoutSeconds = 0): Operation {
    const urn = request.getUrn();
    return {
      urn,
      name: urn.slice(urn.lastIndexOf("::") + 2),
      progress: this.log.progressOf(urn),
      signal: this.stopping.signal,
      timeoutSeconds: timeoutSeconds > 0 ? timeoutSeconds : undefined,
    };
  }

  /** Before it is configured a plugin knows its types by their defaults; the engine may check that early. */
  private find(token: string): ResourceType | undefined {
    this.resources ??= new Map(
      this.plugin
        .resources(settings(this.plugin.schema, []))
        .map((resource) => [resource.schema.token, resource]),
    );
    return this.resources.get(token);
  }

  private require(request: ResourceRequest): ResourceType {
    const token = typeOf(request);
    return this.find(token) ?? this.refuse(token);
  }

  private refuse(what: string): never {
    throw new PluginFailure(this.refusal(what));
  }

  private refusal(what: string): string {
    const { name, version, resources } = this.plugin.schema;
    const known = resources.map((resource) => resource.token).join(", ");
    return (
      `the stand-in for the ${name} plugin does not carry out ${what}, only ${known}. ` +
      `Where the real plugin can be had, install it: pulumi plugin install resource ${name} ${version}`
    );
  }
}

/** The type token in a URN: `urn:pulumi:stack::project::parent$type::name`. */
function typeOf(request: ResourceRequest): string {
  const types = request.getUrn().split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}
