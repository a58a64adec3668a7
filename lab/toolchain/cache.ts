import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** A tool in the cache. */
export interface Entry {
  readonly version: string;
  /** Absolute paths, by program name. */
  readonly programs: Readonly<Record<string, string>>;
}

/** What is at an entry's place. `damaged` says why, as the end of a sentence. */
export type Found =
  | { readonly state: "good"; readonly entry: Entry }
  | { readonly state: "damaged"; readonly why: string }
  | { readonly state: "missing" };

interface Manifest {
  readonly version: string;
  /** SHA-256 in hex, by program name. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Which entry is meant. */
export interface Key {
  readonly tool: string;
  readonly version: string;
  /** All that decides what comes out, such as a go.mod and a go.sum: other ingredients, another entry. */
  readonly ingredients: readonly string[];
}

/** The folder of everything that concerns one tool: its entries, its lock, and work in progress. */
export function toolDirectory(cacheDir: string, tool: string): string {
  return join(cacheDir, tool);
}

/** The folder of one entry: `<tool>/<version>-<hash of the ingredients>`. */
export function entryDirectory(cacheDir: string, key: Key): string {
  const hash = createHash("sha256").update(JSON.stringify(key.ingredients)).digest("hex");
  return join(toolDirectory(cacheDir, key.tool), `${key.version}-${hash.slice(0, 12)}`);
}

/** Reads an entry and compares each of its `programs` with the checksum that was recorded when it was made. */
export async function readEntry(directory: string, programs: readonly string[]): Promise<Found> {
  const manifest = await readManifest(join(directory, "manifest.json"));
  if (typeof manifest === "string") return { state: "damaged", why: manifest };
  if (manifest === undefined) return { state: "missing" };
  const paths: Record<string, string> = {};
  for (const name of programs) {
    const path = join(directory, "bin", name);
    const [actual, expected] = [await sha256Of(path), manifest.sha256[name] ?? "none"];
    if (actual === undefined) return { state: "damaged", why: `${path} is gone` };
    if (actual !== expected) {
      return { state: "damaged", why: `${path} has SHA-256 ${actual}, and when it was made ${expected}` };
    }
    paths[name] = path;
  }
  return { state: "good", entry: { version: manifest.version, programs: paths } };
}

/** The manifest; undefined when there is none; what is wrong with it when it can't be trusted. */
async function readManifest(path: string): Promise<Manifest | string | undefined> {
  try {
    const manifest = JSON.parse(await readFile(path, "utf8")) as
      { readonly [K in keyof Manifest]?: Manifest[K] | null } | null;
    const { version, sha256 } = manifest ?? {};
    if (typeof version !== "string" || typeof sha256 !== "object" || sha256 === null)
      return `${path} is incomplete`;
    return { version, sha256 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return `${path} can't be read`;
  }
}

/** Makes an empty folder to work in, with a `bin` in it, on the same file system as the entries. */
export async function makeStaging(cacheDir: string, tool: string): Promise<string> {
  const staging = join(toolDirectory(cacheDir, tool), `.making-${randomUUID()}`);
  await mkdir(join(staging, "bin"), { recursive: true });
  return staging;
}

/** Removes what interrupted makings left behind. Only for whoever holds the tool's lock. */
export async function removeLeftovers(cacheDir: string, tool: string): Promise<void> {
  const directory = toolDirectory(cacheDir, tool);
  for (const name of await readdir(directory)) {
    if (/^\.(making|damaged)-/.test(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/**
 * Records the checksums of `staging/bin/*` and puts the whole at `directory` in one step, in place of
 * whatever is there. Nothing else of the staging folder is kept.
 */
export async function publish(staging: string, directory: string, version: string): Promise<void> {
  const sha256: Record<string, string> = {};
  for (const name of await readdir(join(staging, "bin"))) {
    const path = join(staging, "bin", name);
    await chmod(path, 0o755);
    await flush(path);
    sha256[name] = (await sha256Of(path)) ?? "";
  }
  for (const name of await readdir(staging)) {
    if (name !== "bin") await rm(join(staging, name), { recursive: true, force: true });
  }
  const manifest: Manifest = { version, sha256 };
  await writeFile(join(staging, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await flush(join(staging, "manifest.json"));
  await setAside(directory);
  await rename(staging, directory);
}

/** Takes an entry out of use. Programs that run from it go on running. */
async function setAside(directory: string): Promise<void> {
  const aside = join(directory, "..", `.damaged-${randomUUID()}`);
  try {
    await rename(directory, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Brings a file to the disk, so that a power cut can't leave it shorter than its name promises. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256Of(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
