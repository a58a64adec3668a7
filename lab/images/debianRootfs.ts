import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Reporter } from "../report";
import { lastWords, runCommand, type RunCommand } from "../toolchain/command";
import { UserError } from "../userError";
import { compressLayer, fileDigest, type Layer } from "./layer";

/** Debian's and Docker's name of an architecture; for these two they agree. */
export type Architecture = "amd64" | "arm64";

/** What to make, and with what. */
export interface RootfsOptions {
  readonly architecture: Architecture;
  readonly postgresVersion: number;
  /** Where finished root file systems are kept. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  /** The program mmdebstrap; default: the one on PATH. */
  readonly mmdebstrap?: string;
  readonly run?: RunCommand;
}

/** A root file system, compressed into a single layer. */
export interface Rootfs {
  readonly file: string;
  readonly layer: Layer;
}

/** What is cached beside a layer's file, and written last: without it the file doesn't count. */
const layerSchema = z.object({
  descriptor: z.object({ mediaType: z.string(), size: z.number(), digest: z.string() }),
  diffId: z.string(),
});

/**
 * The arguments of mmdebstrap but for the output: Debian 13 with PostgreSQL's and Python's programs, and with
 * neither manuals nor translations. Like the official image, it makes no cluster when PostgreSQL is installed
 * and has the locale en_US.UTF-8. https://manpages.debian.org/trixie/mmdebstrap/mmdebstrap.1.en.html
 */
function rootfsRecipe(architecture: Architecture, postgresVersion: number): readonly string[] {
  const packages = ["ca-certificates", "locales", `postgresql-${postgresVersion}`, "python3", "python3-venv"];
  const leaveOut = ["doc/*", "man/*", "info/*", "lintian/*", "locale/*/*"];
  return [
    "--variant=minbase",
    `--architectures=${architecture}`,
    `--include=${packages.join(",")}`,
    ...leaveOut.map((path) => `--dpkgopt=path-exclude=/usr/share/${path}`),
    // The licences, which must stay with what they are about.
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    '--essential-hook=mkdir -p "$1/etc/postgresql-common"',
    '--essential-hook=echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"',
    '--customize-hook=chroot "$1" localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8',
    '--customize-hook=rm -rf "$1"/usr/share/i18n/* "$1"/etc/ssl/private/ssl-cert-snakeoil.key',
    "trixie",
  ];
}

/** Twelve hex digits that change whenever what is made would. */
export function recipeKey(architecture: Architecture, postgresVersion: number): string {
  const recipe = JSON.stringify(rootfsRecipe(architecture, postgresVersion));
  return createHash("sha256").update(recipe).digest("hex").slice(0, 12);
}

/**
 * A root file system with PostgreSQL, from Debian's packages: the one in the cache if it is whole, else a new
 * one, which takes the place of those of older recipes. For one process at a time.
 * @throws {UserError} when mmdebstrap is absent or fails, with its last words.
 */
export async function ensureRootfs(options: RootfsOptions): Promise<Rootfs> {
  const { architecture, postgresVersion, cacheDir } = options;
  const family = join(cacheDir, "rootfs", `postgres${postgresVersion}-${architecture}`);
  const folder = join(family, recipeKey(architecture, postgresVersion));
  const cached = await readCached(folder);
  if (cached !== undefined) return cached;
  // What is left there is of another recipe, damaged, or unfinished.
  await rm(family, { recursive: true, force: true });
  const staging = join(family, "making");
  await mkdir(staging, { recursive: true });
  await make(options, staging);
  await rename(staging, folder);
  return { file: layerFile(folder), layer: await readLayer(folder) };
}

async function make(options: RootfsOptions, staging: string): Promise<void> {
  const { architecture, postgresVersion, reporter, run = runCommand, mmdebstrap = "mmdebstrap" } = options;
  const tarball = join(staging, "rootfs.tar");
  const recipe = rootfsRecipe(architecture, postgresVersion);
  const what = `making a base image for ${architecture} from Debian's packages`;
  reporter.say(
    "no base image yet: one takes half a minute to make, and 5 min for another architecture than this one",
  );
  await reporter.during(what, async (note) => {
    const result = await run(mmdebstrap, [...recipe, tarball], {
      onLine: (line) => {
        note(line.replace(/^I: /, "").slice(0, 60));
      },
    });
    if (result.code === 0) return;
    throw new UserError(
      result.code === 127
        ? "mmdebstrap is not installed, and no base image can be pulled: install it (apt-get install mmdebstrap), " +
            "or let Docker reach docker.io."
        : `${what} failed; mmdebstrap says: ${lastWords(result)}`,
    );
  });
  const layer = await reporter.during("compressing it", () => compressLayer(tarball, layerFile(staging)));
  await rm(tarball);
  await writeFile(join(staging, "layer.json"), JSON.stringify(layer));
}

async function readCached(folder: string): Promise<Rootfs | undefined> {
  try {
    const layer = await readLayer(folder);
    const file = layerFile(folder);
    return (await fileDigest(file)) === layer.descriptor.digest ? { file, layer } : undefined;
  } catch {
    // Absent, or not as it was written: it is made anew.
    return undefined;
  }
}

async function readLayer(folder: string): Promise<Layer> {
  return layerSchema.parse(JSON.parse(await readFile(join(folder, "layer.json"), "utf8")));
}

function layerFile(folder: string): string {
  return join(folder, "layer.tar.gz");
}
