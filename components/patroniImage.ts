import * as fs from "node:fs";
import * as path from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ImageConfig, PostgresVersion } from "../config/model";
import { imageTagPrefix } from "../patroni/imageTag";

/** What `PatroniImage` is made from. */
export interface PatroniImageArgs {
  readonly postgresVersion: PostgresVersion;
  readonly image: ImageConfig;
}

/** Folder of the Dockerfile and what it copies, from the project's root. */
const contextFolder = "image";

/**
 * The Patroni image of one PostgreSQL version: built and pushed once a platform, under a tag that follows from
 * its content, so that a preview knows the tag and an unchanged image is no change.
 */
export class PatroniImage extends pulumi.ComponentResource {
  /** Reference up to the architecture, which each Nomad node fills in with its own. */
  readonly referencePrefix: string;

  constructor(name: string, args: PatroniImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("patroni:index:PatroniImage", name, {}, opts);
    const { postgresVersion, image } = args;
    const buildArgs = {
      BASE_IMAGE: image.baseImages[postgresVersion],
      POSTGRES_VERSION: String(postgresVersion),
      EXTRA_CA_PEM_BASE64: extraCertificates(image.extraCaFile),
    };
    const tagPrefix = imageTagPrefix({ postgresVersion, files: contextFiles(), args: buildArgs });
    this.referencePrefix = `${image.repository}:${tagPrefix}`;

    for (const platform of image.platforms) {
      const architecture = platform.slice(platform.indexOf("/") + 1);
      new docker.Image(
        `${name}-${architecture}`,
        {
          imageName: `${this.referencePrefix}-${architecture}`,
          build: {
            context: contextFolder,
            dockerfile: `${contextFolder}/Dockerfile`,
            platform,
            args: buildArgs,
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

/** The build context's files, as pairs of a path inside it and its content. */
function contextFiles(): (readonly [string, string])[] {
  const root = path.join(__dirname, "..", contextFolder);
  return fs
    .readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => fs.statSync(path.join(root, file)).isFile())
    .map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")] as const);
}

/** The extra certificates as a build argument takes them; empty where there are none. */
function extraCertificates(file: string | undefined): string {
  return file === undefined ? "" : fs.readFileSync(file).toString("base64");
}

/** Images by PostgreSQL version, each made once, when the first cluster asks for it. */
export function patroniImages(image: ImageConfig): (postgresVersion: PostgresVersion) => PatroniImage {
  const made = new Map<PostgresVersion, PatroniImage>();
  return (postgresVersion) => {
    const existing = made.get(postgresVersion);
    if (existing !== undefined) return existing;
    const created = new PatroniImage(`postgres-${postgresVersion}`, { postgresVersion, image });
    made.set(postgresVersion, created);
    return created;
  };
}
