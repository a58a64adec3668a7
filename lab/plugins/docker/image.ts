import { PluginFailure } from "../framework/failure";
import type { CheckFailure } from "../framework/failure";
import type { Operation, ResourceType, State } from "../framework/plugin";
import { hasUnknown, isRecord, textOf, textsOf } from "../framework/values";
import type { Bag, Value } from "../framework/values";
import { digestOf, readBuildContext } from "./buildContext";
import type { BuildContext } from "./buildContext";
import { buildImage } from "./buildImage";
import { connect } from "./engine";
import { pushImage } from "./pushImage";
import { credentialsFor, registryOf } from "./registry";
import { imageSchema } from "./schema";

const builders = ["BuilderBuildKit", "BuilderV1"];

/**
 * `docker.Image`: builds an image and pushes it. It is built again when an input or the build context changes, and
 * deleting it leaves the image where it is. Its ID is its name.
 */
export function imageResource(host: string): ResourceType {
  const make = async (inputs: Bag, operation: Operation): Promise<State> => {
    const imageName = textOf(inputs, "imageName");
    const build = buildOf(inputs);
    const context = contextOf(build);
    const platform = textOf(build, "platform") || ownPlatform();
    const engine = await connect(host, `build ${imageName}`);
    const request = {
      ...{ imageName, context, platform, args: textsOf(build, "args"), target: textOf(build, "target") },
      network: textOf(build, "network"),
      classic: build["builderVersion"] === "BuilderV1",
    };
    const imageId = await buildImage(engine, host, request, operation);
    const server = serverOf(inputs) ?? "";
    const credentials = credentialsFor(server, inputs);
    const repoDigest =
      inputs["skipPush"] === true
        ? imageId
        : await pushImage(engine, host, { name: imageName, server, credentials }, operation);
    await operation.progress.status(repoDigest);
    return { id: imageName, outputs: { ...outputsBefore(inputs), repoDigest } };
  };
  return {
    schema: imageSchema,
    check: (inputs) => Promise.resolve(checkImage(inputs)),
    equality: (input, old, value) => input === "registry" && serverIn(old) === serverIn(value),
    foresee: (inputs) => (hasUnknown(inputs["build"]) ? {} : outputsBefore(inputs)),
    create: make,
    update: async (_state, _olds, news, operation) => (await make(news, operation)).outputs,
    // As in the real plugin nothing is looked up: a registry isn't asked whether it still has the image.
    read: (state, inputs) => Promise.resolve({ ...state, inputs }),
    delete: () => Promise.resolve(),
  };
}

/** Beyond the schema: names, builder, files. Adds what the context holds, so that a change in it is a change. */
function checkImage(inputs: Bag): { inputs?: Bag; failures: CheckFailure[] } {
  const build = buildOf(inputs);
  const failures = [...nameFailures(inputs), ...buildFailures(inputs, build)];
  if (failures.length > 0 || hasUnknown(build["context"]) || hasUnknown(build["dockerfile"]))
    return { failures };
  try {
    const contextDigest = digestOf(contextOf(build));
    return { inputs: { ...inputs, build: { platform: ownPlatform(), ...build, contextDigest } }, failures };
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    return { failures: [{ property: "build", reason: error.message }] };
  }
}

function nameFailures(inputs: Bag): CheckFailure[] {
  const name = inputs["imageName"];
  if (typeof name !== "string" || inputs["skipPush"] === true || registryOf(name) !== undefined) return [];
  return [
    {
      property: "imageName",
      reason: `"imageName" is "${name}", but an image that is pushed must be named in full, as in registry.example.net/${name}`,
    },
  ];
}

function buildFailures(inputs: Bag, build: Bag): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (inputs["buildOnPreview"] === true) {
    const reason = `"buildOnPreview" is not carried out by this stand-in: a preview builds nothing; leave it out`;
    failures.push({ property: "buildOnPreview", reason });
  }
  const builder = build["builderVersion"];
  if (typeof builder === "string" && !builders.includes(builder)) {
    const reason = `"build.builderVersion" is "${builder}", but must be one of ${builders.join(", ")}`;
    failures.push({ property: "build.builderVersion", reason });
  }
  return failures;
}

/** Everything but the digest is known before the image is built. */
function outputsBefore(inputs: Bag): Bag {
  const build = buildOf(inputs);
  const imageName = inputs["imageName"] ?? "";
  return {
    baseImageName: imageName,
    imageName,
    context: textOf(build, "context") || ".",
    dockerfile: contextOf(build).dockerfile,
    platform: textOf(build, "platform") || ownPlatform(),
    registryServer: serverOf(inputs) ?? "",
  };
}

function contextOf(build: Bag): BuildContext {
  const context = textOf(build, "context") || ".";
  return readBuildContext(context, textOf(build, "dockerfile") || `${context}/Dockerfile`);
}

function buildOf(inputs: Bag): Bag {
  return isRecord(inputs["build"]) ? inputs["build"] : {};
}

function serverOf(inputs: Bag): string | undefined {
  return serverIn(inputs["registry"]) ?? registryOf(textOf(inputs, "imageName"));
}

function serverIn(registry: Value | undefined): string | undefined {
  return isRecord(registry) ? textOf(registry, "server") || undefined : undefined;
}

function ownPlatform(): string {
  return `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
}
