import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { bytesDigest, compressLayer } from "../../lab/images/layer";
import {
  mediaTypes,
  readManifest,
  uploadBlob,
  writeManifest,
  type Repository,
} from "../../lab/images/registryClient";
import { environment } from "./labSecrets";
import { tarStream } from "./tarStream";

const descriptorSchema = z.object({ mediaType: z.string(), size: z.number(), digest: z.string() });
const listSchema = z.object({ manifests: z.array(descriptorSchema) });
const manifestSchema = z.object({ config: descriptorSchema, layers: z.array(descriptorSchema) });
const configSchema = z.looseObject({ rootfs: z.looseObject({ diff_ids: z.array(z.string()) }) });

const tag = "17-dies";

/** What its PostgreSQL says before it dies. */
const dyingWords = "FATAL:  this PostgreSQL was built to die";

/**
 * Pushes a base image like the lab's whose PostgreSQL tells its version, as the image's build asks for, and dies of
 * everything else. Returns its reference.
 */
export async function pushDyingBase(): Promise<string> {
  const repository: Repository = {
    registry: environment("NOMAD_POSTGRES_LAB_REGISTRY"),
    name: "lab/postgres",
  };
  const manifest = manifestSchema.parse(await baseManifest(repository));
  const config = configSchema.parse(await readBlob(repository, manifest.config.digest));
  const folder = mkdtempSync(join(tmpdir(), "dying-image-"));
  try {
    const { layer, file } = await dyingLayer(folder);
    await uploadBlob(repository, layer.descriptor, { file });
    const diffIds = [...config.rootfs.diff_ids, layer.diffId];
    const changed = { ...config, rootfs: { ...config.rootfs, diff_ids: diffIds }, history: [] };
    const bytes = Buffer.from(JSON.stringify(changed));
    const descriptor = { mediaType: mediaTypes.config, size: bytes.length, digest: bytesDigest(bytes) };
    await uploadBlob(repository, descriptor, { bytes });
    const layers = [...manifest.layers, layer.descriptor];
    await writeManifest(repository, tag, { ...manifestHead, config: descriptor, layers });
    return `${repository.registry}/${repository.name}:${tag}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const manifestHead = { schemaVersion: 2, mediaType: mediaTypes.manifest };

/** The first image of the lab's list: on the lab's registry there is one for each architecture that was made. */
async function baseManifest(repository: Repository): Promise<unknown> {
  const list = await readManifest(repository, "17-trixie");
  if (list === undefined) throw new Error("the lab has no base image");
  const entries = listSchema.parse(JSON.parse(list.text)).manifests;
  for (const { digest } of entries) {
    const found = await readManifest(repository, digest);
    const parsed: unknown = JSON.parse(found?.text ?? "{}");
    const config = await readBlob(repository, manifestSchema.parse(parsed).config.digest);
    const { architecture } = z.looseObject({ architecture: z.string() }).parse(config);
    if (architecture === (process.arch === "arm64" ? "arm64" : "amd64")) return parsed;
  }
  throw new Error("the lab's base image isn't made for this machine");
}

async function readBlob({ registry, name }: Repository, digest: string): Promise<unknown> {
  const url = `http://${registry}/v2/${name}/blobs/${digest}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

/** A layer with a program in PostgreSQL's place. */
async function dyingLayer(folder: string) {
  const root = join(folder, "root");
  const program = join(root, "usr", "lib", "postgresql", "17", "bin", "postgres");
  mkdirSync(dirname(program), { recursive: true });
  const version = `--version|-V) echo "postgres (PostgreSQL) 17.0"; exit 0;;`;
  writeFileSync(program, `#!/bin/sh\ncase "$1" in ${version} esac\necho >&2 "${dyingWords}"\nexit 1\n`);
  const tarball = join(folder, "layer.tar");
  const file = `${tarball}.gz`;
  const asRoot = tarStream(root, {
    map: (header) => ({ ...header, mode: 0o755, uid: 0, gid: 0, mtime: new Date(0) }),
  });
  await pipeline(asRoot, createWriteStream(tarball));
  return { layer: await compressLayer(tarball, file), file };
}
