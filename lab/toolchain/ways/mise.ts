import { copyFile, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { silentReporter } from "../../report";
import { lastWords } from "../command";
import { ensureEntry } from "../entry";
import { readToolchainFile, toolchainFile } from "../files";
import type { Machine } from "../machine";
import { WayFailed, type Making } from "../making";
import type { MiseWay } from "../way";

/** Why mise is of no use here, as the end of a sentence; undefined when it may be. */
export async function miseObstacle(machine: Machine, way: MiseWay): Promise<string | undefined> {
  for (const origin of way.origins) {
    if (!(await machine.reaches(origin))) return `${new URL(origin).host} can't be reached from here`;
  }
  if (machine.find("mise") !== undefined) return undefined;
  if (machine.architecture !== "x64")
    return "mise is not on PATH, and its npm package is pinned for x64 only";
  if (machine.find("npm") === undefined) return "neither mise nor npm is on PATH";
  return undefined;
}

/**
 * Has mise download one tool into a folder of its own, away from the user's own mise, and takes the programs
 * out. Throws {@link WayFailed} with mise's words.
 */
export async function makeWithMise(
  making: Making,
  way: MiseWay,
  version: string,
  programs: readonly string[],
): Promise<void> {
  const { machine, staging, note } = making;
  const mise = machine.find("mise") ?? (await miseFromNpm(making));
  const tool = `${way.tool}@${version}`;
  const options = { cwd: staging, env: miseEnvironment(staging), onLine: note };
  note(`downloading ${tool}`);
  const install = await machine.run(mise, ["install", tool], options);
  if (install.code !== 0) throw new WayFailed(`mise could not install ${tool}: ${miseError(install.stderr)}`);
  const where = await machine.run(mise, ["where", tool], options);
  if (where.code !== 0) throw new WayFailed(`mise doesn't know where it put ${tool}: ${lastWords(where)}`);
  const installed = where.stdout.trim();
  const files = await readdir(installed, { recursive: true });
  for (const program of programs) {
    const file = files.find((path) => basename(path) === program);
    if (file === undefined) throw new WayFailed(`mise's ${tool} holds no ${program}`);
    await copyFile(join(installed, file), join(staging, "bin", program));
  }
}

/** mise's own program from its npm package, which npm holds to the checksum in the lock file. */
async function miseFromNpm({ machine, cacheDir, note }: Making): Promise<string> {
  const lock = await readToolchainFile("npm", "mise", "package-lock.json");
  const version = /"version": "([^"]+)"/.exec(lock)?.[1] ?? "pinned";
  const { entry } = await ensureEntry({
    cacheDir,
    key: { tool: "mise", version, ingredients: [lock] },
    programs: ["mise"],
    reporter: silentReporter(),
    make: async (staging) => {
      note("fetching mise from npm");
      for (const file of ["package.json", "package-lock.json"]) {
        await copyFile(toolchainFile("npm", "mise", file), join(staging, file));
      }
      const npm = await machine.run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
        cwd: staging,
      });
      if (npm.code !== 0) throw new WayFailed(`npm could not fetch mise: ${lastWords(npm)}`);
      const program = join(staging, "node_modules", "@jdxcode", "mise-linux-x64", "bin", "mise");
      await copyFile(program, join(staging, "bin", "mise"));
    },
  });
  const mise = entry.programs["mise"];
  if (mise === undefined) throw new WayFailed("the npm package of mise holds no program");
  return mise;
}

function miseEnvironment(staging: string): Record<string, string> {
  const at = (name: string): string => join(staging, "mise", name);
  return {
    MISE_DATA_DIR: at("data"),
    MISE_CACHE_DIR: at("cache"),
    MISE_STATE_DIR: at("state"),
    MISE_CONFIG_DIR: at("config"),
    MISE_TMP_DIR: at("tmp"),
    MISE_NO_CONFIG: "1",
    MISE_YES: "1",
    MISE_USE_VERSIONS_HOST_TRACK: "0",
    NO_COLOR: "1",
  };
}

/** The first of mise's error lines: those after it are notes. */
function miseError(stderr: string): string {
  return /mise ERROR (.+)/.exec(stderr)?.[1] ?? "it didn't say why";
}
