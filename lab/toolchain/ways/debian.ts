import { enableArm64 } from "../arm64";
import { lastWords, type CommandResult } from "../command";
import type { Machine } from "../machine";
import { WayFailed } from "../making";
import type { DebianWay } from "../way";

/** Why no Debian package can be installed here, as the end of a sentence; undefined when it can. */
export function debianObstacle(machine: Machine): string | undefined {
  if (machine.find("apt-get") === undefined) return "there is no apt-get on this system";
  if (!machine.isRoot) return "only root may install Debian packages";
  return undefined;
}

/** Installs the packages and what belongs to them. Throws {@link WayFailed} with apt's words. */
export async function installWithDebian(
  machine: Machine,
  way: DebianWay,
  note: (detail: string) => void,
): Promise<void> {
  const update = async (): Promise<void> => {
    const result = await apt(machine, ["update"], note);
    if (result.code !== 0) throw new WayFailed(`apt-get update failed: ${lastWords(result)}`);
  };
  const known = await knownPackages(machine, way.packages);
  if (known.length < way.packages.length) await update();
  const packages = [...way.packages, ...(await knownPackages(machine, way.alsoWhereKnown ?? []))];
  let result = await install(machine, way, packages, note);
  if (result.code !== 0 && known.length === way.packages.length) {
    // Old lists name files that the archive no longer has.
    await update();
    result = await install(machine, way, packages, note);
  }
  if (result.code !== 0) throw new WayFailed(`apt-get install failed: ${lastWords(result)}`);
  if (way.after === "enableArm64") await enableArm64(machine);
}

/** Those of `packages` that the package lists on this machine have. */
async function knownPackages(machine: Machine, packages: readonly string[]): Promise<string[]> {
  if (packages.length === 0) return [];
  const policy = await machine.run("apt-cache", ["policy", ...packages], { env: { LC_ALL: "C" } });
  const known = policy.stdout.split(/^(?=\S)/m).filter((text) => /^ +Candidate: (?!\(none\))/m.test(text));
  return packages.filter((name) => known.some((text) => text.startsWith(`${name}:`)));
}

function install(
  machine: Machine,
  way: DebianWay,
  packages: readonly string[],
  note: (detail: string) => void,
): Promise<CommandResult> {
  const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"];
  // With SYSTEMD_OFFLINE, systemctl (and so the package's installation) starts nothing: see systemctl(1).
  const env = way.mayStartService ? {} : { SYSTEMD_OFFLINE: "1" };
  return apt(machine, ["install", "--yes", "--no-install-recommends", ...options, ...packages], note, env);
}

function apt(
  machine: Machine,
  args: readonly string[],
  note: (detail: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return machine.run("apt-get", args, {
    env: { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", LC_ALL: "C", ...env },
    onLine: note,
  });
}
