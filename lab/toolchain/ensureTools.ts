import type { Reporter } from "../report";
import { UserError } from "../userError";
import { cannotBeHad, getTool, type Getting } from "./getTool";
import { thisMachine, type Machine } from "./machine";
import { planTool, type Plan } from "./plan";
import {
  defaultToolNames,
  type DefaultToolName,
  type EnsureToolsOptions,
  type Tool,
  type ToolName,
  type Tools,
} from "./tool";
import { recipes } from "./tools";
import { nameOf } from "./way";

/**
 * Sees to it that every tool asked for is there, runs, and is new enough, and returns where each is. First it
 * looks for all of them and says what it found and what it will get, with how long that took elsewhere; then
 * it gets them one after the other.
 *
 * Throws a {@link UserError} before anything is built when some tool can't be had on this machine, naming
 * each with what stands against it and what to install; and one when every way to a tool failed.
 */
export async function ensureTools<N extends ToolName = DefaultToolName>(
  options: EnsureToolsOptions<N>,
  machine: Machine = thisMachine(),
): Promise<Tools<N>> {
  const { cacheDir, reporter } = options;
  const needed: readonly ToolName[] = options.only ?? defaultToolNames;
  const wished: readonly ToolName[] = options.only === undefined ? ["mmdebstrap"] : [];
  const plans = await reporter.during("looking for the tools", async (note) => {
    const made: Plan[] = [];
    for (const name of [...needed, ...wished]) {
      note(name);
      made.push(await planTool(machine, cacheDir, recipes[name]));
    }
    return made;
  });
  announce(reporter, plans);
  refuseImpossible(plans.filter(({ recipe }) => needed.includes(recipe.name)));
  const tools = new Map<ToolName, Tool>();
  for (const plan of plans) {
    try {
      tools.set(plan.recipe.name, await carryOut(plan, { machine, cacheDir, reporter }));
    } catch (error) {
      if (!(error instanceof UserError) || needed.includes(plan.recipe.name)) throw error;
      reporter.say(error.message);
    }
  }
  return Object.fromEntries(tools) as Tools<N>;
}

async function carryOut(plan: Plan, means: Omit<Getting, "recipe">): Promise<Tool> {
  switch (plan.kind) {
    case "have":
      return plan.tool;
    case "get":
      return getTool({ ...means, recipe: plan.recipe }, plan.ways);
    case "impossible":
      throw new UserError(cannotBeHad(plan.recipe, plan.reasons));
  }
}

function announce(reporter: Reporter, plans: readonly Plan[]): void {
  const have = plans.filter((plan) => plan.kind === "have");
  const list = (fromCache: boolean): string =>
    have
      .filter(({ tool }) => (tool.source === "cache") === fromCache)
      .map(({ recipe, tool }) => `${recipe.name} ${tool.version}`)
      .join(", ");
  if (list(false) !== "") reporter.say(`found on this machine: ${list(false)}`);
  if (list(true) !== "") reporter.say(`found in the cache, checksums verified: ${list(true)}`);
  for (const plan of plans) {
    for (const remark of plan.kind === "impossible" ? [] : plan.remarks) reporter.say(remark);
  }
  for (const plan of plans) {
    if (plan.kind !== "get") continue;
    const [way] = plan.ways;
    reporter.say(`to get: ${plan.recipe.name}, ${nameOf(way)} (took ${way.took} elsewhere)`);
  }
}

function refuseImpossible(plans: readonly Plan[]): void {
  const sentences = plans.flatMap((plan) =>
    plan.kind === "impossible" ? [cannotBeHad(plan.recipe, plan.reasons)] : [],
  );
  if (sentences.length > 0) throw new UserError(sentences.join("\n"));
}
