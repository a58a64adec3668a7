import { entryDirectory, readEntry, type Key } from "./cache";
import { findOnMachine } from "./find";
import type { Machine } from "./machine";
import type { Tool } from "./tool";
import type { Recipe } from "./tools";
import { nameOf, type CachedWay, type Way } from "./way";
import { goIngredients, goObstacle } from "./ways/go";
import { miseObstacle } from "./ways/mise";
import { debianObstacle } from "./ways/debian";
import { pypiIngredients, pypiObstacle } from "./ways/pypi";

/** What is to be done about one tool. */
export type Plan =
  | {
      readonly kind: "have";
      readonly recipe: Recipe;
      readonly tool: Tool;
      readonly remarks: readonly string[];
    }
  | {
      readonly kind: "get";
      readonly recipe: Recipe;
      /** The ways that are open, best first: the next is for when one fails. */
      readonly ways: readonly [Way, ...Way[]];
      readonly remarks: readonly string[];
    }
  | { readonly kind: "impossible"; readonly recipe: Recipe; readonly reasons: readonly string[] };

/**
 * Decides what to do about one tool: take what the machine has; else what the cache has and is undamaged;
 * else the first way that nothing stands against. Remarks are whole lines worth telling: a tool that is there
 * but too old, a damaged entry, a way that was passed over.
 */
export async function planTool(machine: Machine, cacheDir: string, recipe: Recipe): Promise<Plan> {
  const remarks: string[] = [];
  const sighting = await findOnMachine(machine, recipe);
  if (sighting.seen) return { kind: "have", recipe, tool: sighting.tool, remarks };
  if (sighting.unfit) remarks.push(`${recipe.name}: ${sighting.why}: not used`);

  for (const way of recipe.ways) {
    if (way.by === "debian") continue;
    const cached = await readEntry(
      entryDirectory(cacheDir, await keyOf(machine, recipe, way)),
      recipe.programs,
    );
    if (cached.state === "good") {
      const { version, programs } = cached.entry;
      const path = programs[recipe.programs[0]];
      if (path !== undefined) {
        return { kind: "have", recipe, tool: { path, version, source: "cache", programs }, remarks };
      }
    }
    if (cached.state === "damaged") remarks.push(`${recipe.name} in the cache is damaged: ${cached.why}`);
  }
  return planWays(machine, recipe, remarks, sighting.why);
}

async function planWays(
  machine: Machine,
  recipe: Recipe,
  remarks: readonly string[],
  whyNotFound: string,
): Promise<Plan> {
  const obstacles: string[] = [];
  for (const [index, way] of recipe.ways.entries()) {
    const obstacle = await obstacleOf(machine, way);
    if (obstacle === undefined) {
      const passedOver = obstacles.map((text) => `${recipe.name}: no ${text}`);
      const later = recipe.ways.slice(index + 1);
      return { kind: "get", recipe, ways: [way, ...later], remarks: [...remarks, ...passedOver] };
    }
    obstacles.push(`${nameOf(way)}: ${obstacle}`);
  }
  return { kind: "impossible", recipe, reasons: [whyNotFound, ...obstacles.map((text) => `no ${text}`)] };
}

/** What stands against a way, as the end of a sentence; undefined when nothing does. */
export async function obstacleOf(machine: Machine, way: Way): Promise<string | undefined> {
  switch (way.by) {
    case "mise":
      return miseObstacle(machine, way);
    case "go":
      return goObstacle(machine, way);
    case "pypi":
      return pypiObstacle(machine);
    case "debian":
      return debianObstacle(machine);
  }
}

/** Which entry of the cache holds what `way` makes on this machine. */
export async function keyOf(machine: Machine, recipe: Recipe, way: CachedWay): Promise<Key> {
  // What is only said to people makes no difference to what comes out.
  const essence = JSON.stringify({ ...way, took: undefined });
  const ingredients = [machine.architecture, essence, ...(await textsOf(way))];
  return { tool: recipe.name, version: recipe.pinned, ingredients };
}

async function textsOf(way: CachedWay): Promise<string[]> {
  switch (way.by) {
    case "mise":
      return [];
    case "go":
      return goIngredients(way);
    case "pypi":
      return pypiIngredients(way);
  }
}
