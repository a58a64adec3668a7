import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import type { FileContent, Machine } from "./source";

/** The machine that this process runs on. `projectDirectory`: the folder of Pulumi.yaml. */
export function thisMachine(projectDirectory: string): Machine {
  return { architecture: process.arch, homeDirectory: homedir(), projectDirectory, readFile };
}

function readFile(path: string, mostBytes: number): FileContent {
  try {
    const { size } = statSync(path);
    return size > mostBytes ? { kind: "too large" } : { kind: "text", text: readFileSync(path, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return code === "ENOENT" || code === "ENOTDIR"
      ? { kind: "missing" }
      : { kind: "unreadable", reason: code };
  }
}
