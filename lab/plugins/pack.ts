import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { StandInName } from "./standIns";

/** What a packed stand-in is made of. */
export interface PackOptions {
  readonly name: StandInName;
  readonly version: string;
  /** Folder that the plugin's files are written into; it must be empty. */
  readonly directory: string;
  /** Root of the checkout: its `node_modules` is used when the plugin runs. */
  readonly projectDir: string;
  /** Path of the Node.js that runs it. */
  readonly node: string;
}

/** Name of the file that tells a stand-in from the real plugin, and one stand-in from another. */
export const markerFile = "stand-in.json";

/** The marker's content. */
export interface Marker {
  /** {@link fingerprint} of what it was packed from. */
  readonly fingerprint: string;
}

/** Tells whether a stand-in that was packed before is still the one that would be packed now. */
export function fingerprint(options: Omit<PackOptions, "directory">): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([options.name, options.version, options.projectDir, options.node]));
  for (const file of sources(options.name))
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(__dirname, file)));
  return hash.digest("hex");
}

/**
 * Writes a stand-in's files: its code compiled to JavaScript (starting TypeScript each time would cost a second), the
 * executable that the engine looks for, and the marker.
 */
export async function pack(options: PackOptions): Promise<void> {
  for (const file of sources(options.name)) {
    const target = path.join(options.directory, file.replace(/\.ts$/, ".js"));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, await compiled(file));
  }
  const executable = path.join(options.directory, `pulumi-resource-${options.name}`);
  fs.writeFileSync(executable, launcher(options), { mode: 0o755 });
  const marker: Marker = { fingerprint: fingerprint(options) };
  fs.writeFileSync(path.join(options.directory, markerFile), `${JSON.stringify(marker)}\n`);
}

const compiledFiles = new Map<string, string>();

/** A source file as JavaScript. Plugins share most of theirs, so each is compiled once. */
async function compiled(file: string): Promise<string> {
  const known = compiledFiles.get(file);
  if (known !== undefined) return known;
  const { default: ts } = await import("typescript");
  const compilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
    removeComments: true,
  };
  const text = fs.readFileSync(path.join(__dirname, file), "utf8");
  const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: file });
  compiledFiles.set(file, outputText);
  return outputText;
}

/** Source files of one stand-in, relative to this folder, in a fixed order. */
function sources(name: StandInName): string[] {
  const filesIn = (folder: string): string[] =>
    fs
      .readdirSync(path.join(__dirname, folder))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(folder, file));
  return ["main.ts", "standIns.ts", ...filesIn("framework"), ...filesIn(name)].sort();
}

/** Packages come from the checkout, not from copies: a plugin is then a hundred kilobytes and always in step. */
function launcher({ name, version, projectDir, node }: PackOptions): string {
  return `#!/bin/sh
# Stand-in for the ${name} plugin ${version}. It runs the checkout's packages.
project=${quoted(projectDir)}
node=${quoted(node)}
if [ ! -d "$project/node_modules/@pulumi/pulumi" ]; then
  echo "the stand-in for the ${name} plugin needs $project/node_modules, which is gone: run npm install there, or remove the stand-in with: pulumi plugin rm resource ${name} ${version}" >&2
  exit 1
fi
[ -x "$node" ] || node=node
NODE_PATH="$project/node_modules" exec "$node" "$(dirname "$0")/main.js" ${name} "$@"
`;
}

/** For the shell. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
