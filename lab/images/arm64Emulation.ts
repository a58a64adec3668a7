import type { Reporter } from "../report";
import { ensureTools } from "../toolchain/ensureTools";
import { UserError } from "../userError";

/** Whether containers for arm64 run here, and if not, why, in whole sentences for a person. */
export type Arm64Support = { readonly runs: true } | { readonly runs: false; readonly reason: string };

/**
 * Sees to it that containers for linux/arm64 run on this machine: as they are where it is one, else under
 * qemu, which is installed and registered with the kernel where that is possible (Debian, as root).
 */
export async function ensureArm64(options: {
  /** Where tools are kept. */
  readonly toolsDir: string;
  readonly reporter: Reporter;
}): Promise<Arm64Support> {
  if (process.arch === "arm64") return { runs: true };
  try {
    await ensureTools({ cacheDir: options.toolsDir, reporter: options.reporter, only: ["arm64Emulation"] });
    return { runs: true };
  } catch (error) {
    if (error instanceof UserError) return { runs: false, reason: error.message };
    throw error;
  }
}
