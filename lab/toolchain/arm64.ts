import { lastWords } from "./command";
import type { Machine } from "./machine";
import { WayFailed } from "./making";

const binfmt = "/proc/sys/fs/binfmt_misc";

/**
 * Whether the kernel runs arm64 programs here, containers included: qemu is registered, switched on, and
 * opened at registration (flag F), since a container has no qemu of its own. See the kernel's
 * Documentation/admin-guide/binfmt-misc.rst.
 */
export function runsArm64(machine: Machine): boolean {
  const entry = machine.readText(`${binfmt}/qemu-aarch64`) ?? "";
  return /^enabled$/m.test(entry) && /^flags: \w*F/m.test(entry);
}

/** Registers qemu for arm64 programs with the kernel. Needs root and the packages. Throws {@link WayFailed}. */
export async function enableArm64(machine: Machine): Promise<void> {
  if (machine.readText(`${binfmt}/status`) === undefined) {
    // Where it is built into the kernel there is no such module, and mounting is enough.
    await machine.run("modprobe", ["binfmt_misc"]);
    const mount = await machine.run("mount", ["-t", "binfmt_misc", "binfmt_misc", binfmt]);
    if (mount.code !== 0) throw new WayFailed(`binfmt_misc can't be mounted: ${lastWords(mount)}`);
  }
  if (runsArm64(machine)) return;
  const enable = await machine.run("update-binfmts", ["--enable", "qemu-aarch64"]);
  if (enable.code !== 0) throw new WayFailed(`qemu-aarch64 can't be registered: ${lastWords(enable)}`);
  if (!runsArm64(machine)) throw new WayFailed("qemu-aarch64 is registered, but not for use in containers");
}
