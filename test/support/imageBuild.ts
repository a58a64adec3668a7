import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { followDocker } from "../../lab/images/dockerStream";
import { tarStream } from "./tarStream";

/** The build context of the project's image. */
export const imageContext = join(__dirname, "..", "..", "image");

/** How to build an image for a test. */
export interface ImageBuild {
  readonly tag: string;
  /** Docker's name, such as `linux/amd64`. */
  readonly platform: string;
  readonly args: Readonly<Record<string, string>>;
  /**
   * Asks the registry for the base image of this platform first. The classic builder would otherwise take one
   * of the same name that the engine has for another.
   */
  readonly pull?: boolean;
  /** Changes files of a copy of the context first: their new content by name, from the old. */
  readonly change?: Readonly<Record<string, (content: string) => string>>;
}

/**
 * Builds the project's image with the engine's classic builder and returns all that it printed.
 * @throws {Error} with the end of that output when the build fails.
 */
export async function buildImage(docker: Dockerode, build: ImageBuild): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "image-context-"));
  try {
    cpSync(imageContext, folder, { recursive: true });
    for (const [name, edit] of Object.entries(build.change ?? {})) {
      writeFileSync(join(folder, name), edit(readFileSync(join(folder, name), "utf8")));
    }
    return await buildFolder(docker, folder, build);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Builds an image from the text of a Dockerfile that copies nothing. */
export async function buildDockerfile(
  docker: Dockerode,
  text: string,
  build: Omit<ImageBuild, "change">,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "image-context-"));
  try {
    writeFileSync(join(folder, "Dockerfile"), text);
    return await buildFolder(docker, folder, build);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function buildFolder(docker: Dockerode, folder: string, build: ImageBuild): Promise<string> {
  const lines: string[] = [];
  const stream = await docker.buildImage(tarStream(folder), {
    t: build.tag,
    platform: build.platform,
    buildargs: { ...build.args },
    pull: build.pull ?? false,
    forcerm: true,
  });
  try {
    await followDocker(docker, stream, (line) => lines.push(line));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${lines.slice(-30).join("\n")}\n${reason}`, { cause: error });
  }
  return lines.join("\n");
}
