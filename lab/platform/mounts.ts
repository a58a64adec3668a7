import { readFileSync } from "node:fs";
import { UserError } from "../userError";
import type { Engine } from "./engine";
import { runAsRoot } from "./privileged";

/** Mount points inside `folder`, the innermost first, from the text of `/proc/self/mounts`. */
export function mountPointsIn(mounts: string, folder: string): readonly string[] {
  return mounts
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? [])
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point.startsWith(`${folder}/`))
    .reverse();
}

/**
 * Unmounts what Nomad mounted into its allocations, which it leaves there when it is stopped.
 * @throws {UserError} when something can't be unmounted.
 */
export async function unmountAllIn(folder: string, engine: Engine | undefined): Promise<void> {
  for (const point of mountPointsIn(readFileSync("/proc/self/mounts", "utf8"), folder)) {
    const { code, stderr } = await runAsRoot(engine, "umount", [point]);
    if (code !== 0 && (await runAsRoot(engine, "umount", ["--lazy", point])).code !== 0) {
      throw new UserError(`${point} can't be unmounted: ${stderr.trim()}`);
    }
  }
}
