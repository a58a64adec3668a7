import { boolean, listOf, mapOf, objectOf, string } from "../framework/schema";
import type { FieldSchema, PackageSchema, ResourceSchema } from "../framework/schema";

const notNeeded = "leave it out, or install the real plugin";

const build = objectOf({
  addHosts: { type: listOf(string), refused: notNeeded },
  args: { type: mapOf(string) },
  builderVersion: { type: string },
  cacheFrom: { type: objectOf({ images: { type: listOf(string) } }), refused: notNeeded },
  context: { type: string },
  dockerfile: { type: string },
  network: { type: string },
  platform: { type: string },
  target: { type: string },
});

const registry = objectOf({
  password: { type: string },
  server: { type: string },
  username: { type: string },
});

/** `docker.Image` of the docker package 5.2.0. */
export const imageSchema: ResourceSchema = {
  token: "docker:index/image:Image",
  inputs: {
    build: { type: build },
    buildOnPreview: { type: boolean, default: false },
    imageName: { type: string, required: true },
    registry: { type: registry },
    skipPush: { type: boolean, default: false },
  },
  outputs: {
    baseImageName: { type: string, required: true },
    context: { type: string, required: true },
    dockerfile: { type: string, required: true },
    imageName: { type: string, required: true },
    platform: { type: string },
    registryServer: { type: string, required: true },
    repoDigest: { type: string, required: true },
  },
};

const tlsRefused = "reach the engine through a socket or a plain TCP address, or install the real plugin";

const config: Readonly<Record<string, FieldSchema>> = {
  caMaterial: { type: string, refused: tlsRefused },
  certMaterial: { type: string, refused: tlsRefused },
  certPath: { type: string, refused: tlsRefused },
  context: { type: string, refused: "name the engine itself in docker:host or DOCKER_HOST" },
  disableDockerDaemonCheck: { type: boolean },
  host: { type: string },
  keyMaterial: { type: string, refused: tlsRefused },
  registryAuth: {
    type: listOf(objectOf({})),
    refused: "log in with docker login, or give the image a registry with username and password",
  },
  sshOpts: { type: listOf(string), refused: tlsRefused },
};

/** What the stand-in for the Docker plugin knows. */
export const dockerSchema: PackageSchema = {
  name: "docker",
  version: "5.2.0",
  config,
  resources: [imageSchema],
};
