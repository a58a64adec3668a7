import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The absolute path of a file that belongs to the toolchain, such as a go.mod or a shim. */
export function toolchainFile(...parts: readonly string[]): string {
  return join(__dirname, ...parts);
}

/** The text of such a file. */
export function readToolchainFile(...parts: readonly string[]): Promise<string> {
  return readFile(toolchainFile(...parts), "utf8");
}
