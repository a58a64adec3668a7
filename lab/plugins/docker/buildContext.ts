import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { PassThrough, pipeline } from "node:stream";
import { PluginFailure } from "../framework/failure";
import { parseDockerIgnore } from "./dockerIgnore";
import type { Excludes } from "./dockerIgnore";

/** A folder that an image is built from, as the engine gets it. */
export interface BuildContext {
  /** Absolute path of the folder. */
  readonly root: string;
  /** The Dockerfile inside it. */
  readonly dockerfile: string;
  /** Everything that is sent, folders included, as sorted paths inside it. */
  readonly entries: readonly string[];
}

/**
 * Looks a build context through, .dockerignore respected.
 *
 * @param context The folder, relative to the program's.
 * @param dockerfile The Dockerfile, relative to the program's folder too.
 * @throws {PluginFailure} when one of them isn't there, or the Dockerfile is outside.
 */
export function readBuildContext(context: string, dockerfile: string): BuildContext {
  const root = path.resolve(context);
  if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new PluginFailure(`"build.context" is "${context}", but there is no such folder: ${root}`);
  }
  const file = path.resolve(dockerfile);
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
    const inside = path.join(context, dockerfile);
    const hint = fs.existsSync(inside)
      ? ` Did you mean "${inside}"? It is relative to the program's folder.`
      : "";
    throw new PluginFailure(
      `"build.dockerfile" is "${dockerfile}", but there is no such file: ${file}.${hint}`,
    );
  }
  const relative = path.relative(root, file);
  if (relative.startsWith("..")) {
    throw new PluginFailure(
      `"build.dockerfile" (${dockerfile}) is outside of "build.context" (${context}), which this stand-in does not ` +
        `carry out: put it inside, or install the real plugin`,
    );
  }
  const ignoreFile = [`${file}.dockerignore`, path.join(root, ".dockerignore")].find((name) =>
    fs.existsSync(name),
  );
  const ignored = parseDockerIgnore(ignoreFile === undefined ? "" : fs.readFileSync(ignoreFile, "utf8"));
  // The engine needs these two even where they are ignored, as Docker's own client knows.
  const needed = new Set([relative, ".dockerignore"]);
  const entries = walk(root, "", (name) => ignored(name) && !needed.has(name));
  return { root, dockerfile: relative, entries };
}

/** Folders stay in for what is in them, so that an exception below an ignored one is found. */
function walk(root: string, folder: string, excludes: Excludes): string[] {
  return fs
    .readdirSync(path.join(root, folder), { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) return excludes(name) ? [] : [name];
      const inside = walk(root, name, excludes);
      return inside.length === 0 && excludes(name) ? [] : [name, ...inside];
    });
}

/** A digest of names, contents and what is executable: the same on every machine, whatever the files' age. */
export function digestOf({ root, entries }: BuildContext): string {
  const hash = createHash("sha256");
  for (const name of entries) {
    const file = path.join(root, name);
    const stat = fs.lstatSync(file);
    hash.update(`${name}\0`);
    if (stat.isSymbolicLink()) hash.update(`link\0${fs.readlinkSync(file)}\0`);
    else if (stat.isFile())
      hash.update(`file\0${stat.mode & 0o111}\0${stat.size}\0`).update(fs.readFileSync(file));
    else hash.update("folder\0");
  }
  return hash.digest("hex");
}

/** The context as a tar stream that belongs to root. */
export async function tarOf({ root, entries }: BuildContext): Promise<NodeJS.ReadableStream> {
  const tar = await import("tar-fs");
  const included = new Set(entries);
  const packed = tar.pack(root, {
    ignore: (name) => name !== root && !included.has(path.relative(root, name)),
    map: (header) => ({ ...header, uid: 0, gid: 0 }),
  });
  const stream = new PassThrough();
  // A file that vanishes in between ends the stream with its error, which the build then reports.
  pipeline(packed, stream, () => undefined);
  return stream;
}
