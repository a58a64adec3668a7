import type { PreviewDocument } from "../../patroni/review/previewDocument";

/** A resource in Pulumi's state, as far as it is made up here. */
interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
}

/** What the engine shows for what it doesn't know yet. */
const unknown = /04da6b54-80e4-46f7-96ec-b56ff0331ba9/g;
const knownId = "11111111-2222-4333-8444-555555555555";

/** The salt of no passphrase, as in Pulumi.dev.yaml. */
const salt = "v1:6KJyRUSL/0Y=:v1:L7QPFXXnz9dx7+9b:KVkviKUC2LnO8CQCuJaW9C373dhijQ==";

/**
 * The state of a stack, for `pulumi stack import`, as if everything that its first preview would make had been made
 * and were ready: a deployed stack without a platform.
 */
export function deployedState(firstPreview: PreviewDocument): string {
  const known = JSON.parse(JSON.stringify(firstPreview).replace(unknown, knownId)) as PreviewDocument;
  const made = known.steps.map(({ newState }) => stored(newState as unknown as StoredResource));
  const providers = [...new Set(made.flatMap(({ provider }) => (provider === undefined ? [] : [provider])))];
  const missing = providers.map(providerUrn).filter((urn) => !made.some((one) => one.urn === urn));
  const resources = inOrder([...missing.map(defaultProvider), ...made]);
  return JSON.stringify({
    version: 3,
    deployment: {
      manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
      secrets_providers: { type: "passphrase", state: { salt } },
      resources,
    },
  });
}

function stored(resource: StoredResource): StoredResource {
  const { urn, type, custom, inputs, parent, provider, dependencies } = resource;
  const common = { urn, type, custom, ...optional({ parent, provider, dependencies }) };
  if (!custom) return common;
  const wait = type.endsWith("patroni:Leader")
    ? { jobVersion: 0, jobModifyIndex: "1", configModifyIndex: 1 }
    : {};
  const outputs = { ...inputs, ...wait, ...results(type) };
  const name = urn.split("::")[3] ?? "";
  const id = usesKnownId(type) ? knownId : name;
  return { ...common, id, inputs: { ...inputs, ...wait }, outputs };
}

/** What others refer to by its ID, which the preview they were recorded in didn't know. */
function usesKnownId(type: string): boolean {
  return type.startsWith("pulumi:providers:") || type === "consul:index/aclPolicy:AclPolicy";
}

const volume = { id: "1", name: "data", nodeId: "1", nodeName: "node1", capacityBytes: 0 };

/** What providers add to the inputs. */
function results(type: string): Readonly<Record<string, unknown>> {
  if (type === "nomad:index/job:Job") return { version: 0, modifyIndex: "1" };
  if (type.endsWith("patroni:Storage")) return { ready: true, providerVersion: 1, volumes: [volume] };
  if (type.endsWith("patroni:Config")) return { ready: true, modifyIndex: 1 };
  return type.startsWith("pulumi-nodejs:") ? { ready: true } : {};
}

/** `<urn>::<id>` without the id. */
function providerUrn(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** A provider that no program names, whose version is part of its name. */
function defaultProvider(urn: string): StoredResource {
  const version = /::default_(\d+)_(\d+)_(\d+)$/.exec(urn)?.slice(1).join(".");
  const settings = version === undefined ? {} : { version };
  return {
    urn,
    type: urn.split("::")[2] ?? "",
    custom: true,
    id: knownId,
    inputs: settings,
    outputs: settings,
  };
}

/** Each after what it needs. */
function inOrder(resources: readonly StoredResource[]): readonly StoredResource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const ordered = new Set<StoredResource>();
  const add = (urn: string | undefined) => {
    const resource = urn === undefined ? undefined : byUrn.get(urn);
    if (resource === undefined || ordered.has(resource)) return;
    add(resource.parent);
    if (resource.provider !== undefined) add(providerUrn(resource.provider));
    resource.dependencies?.forEach(add);
    ordered.add(resource);
  };
  resources.forEach(({ urn }) => {
    add(urn);
  });
  return [...ordered];
}

function optional<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
