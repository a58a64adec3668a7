import { planCleanup, type CleanupPlan } from "../../patroni/leftovers/cleanupPlan";
import { scopeFolder } from "../../patroni/observed/consulKeys";
import { removeKeys } from "../../providers/removeKeys";
import { confirm } from "../acts/confirm";
import type { ActSurroundings } from "../acts/runAct";
import { commandErrorOf } from "../commandError";
import { observeLeftovers, readAllocations } from "../leftovers/observeLeftovers";
import { readStackSettings, type StackSettings } from "../stackSettings";
import { parseArguments, usage, type CleanupArguments } from "./arguments";

/**
 * Removes what nobody needs any more from Consul. Returns the exit code: 0 when all of it is gone, 1 when some is left.
 *
 * @throws {CommandError} when nothing was done, and why
 */
export async function runCleanup(args: readonly string[], surroundings: ActSurroundings): Promise<number> {
  const wanted = parseArguments(args);
  const { output, input, signal, pulumi } = surroundings;
  if (wanted.help) {
    output.write(`${usage}\n`);
    return 0;
  }
  const settings = await readStackSettings(pulumi, wanted);
  const plan = await look(settings, wanted);
  if (plan.removals.length === 0) {
    output.write(`${wanted.scope ?? settings.stack}: there is nothing in Consul that can go.\n`);
    return 0;
  }
  output.write(`${plan.lines.join("\n")}\n`);
  if (wanted.yes) return remove(settings, plan.removals, output);
  await confirm(input, output, signal);
  // Somebody may have thought it over for a while.
  const now = await look(settings, wanted);
  const [same, changed] = [true, false].map((wantsSame) =>
    plan.removals.filter((each) => now.removals.some((other) => isSame(each, other)) === wantsSame),
  );
  const code = await remove(settings, same ?? [], output);
  for (const each of changed ?? []) output.write(`${wordsFor(each)} stays: it has changed\n`);
  return changed?.length === 0 ? code : 1;
}

async function look({ config }: StackSettings, { scope }: CleanupArguments): Promise<CleanupPlan> {
  try {
    return planCleanup(await observeLeftovers(config, await readAllocations(config)), scope);
  } catch (error) {
    throw commandErrorOf(error);
  }
}

type Removal = CleanupPlan["removals"][number];

function isSame(one: Removal, other: Removal): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function wordsFor({ kind, cluster, name }: Removal): string {
  return kind === "cluster" ? `${cluster}: its folder` : `${cluster}: the entry of ${name}`;
}

async function remove(
  { config: { platform } }: StackSettings,
  removals: readonly Removal[],
  output: ActSurroundings["output"],
): Promise<number> {
  let left = 0;
  for (const removal of removals) {
    const { kind, cluster, keys } = removal;
    const lock = `${scopeFolder(platform.consul.keyPrefix, cluster)}leader`;
    const absent = kind === "cluster" && keys.every(({ key }) => key !== lock) ? [lock] : [];
    const refusal = await removeKeys(platform.consul.address, keys, absent).catch((error: unknown) => {
      throw commandErrorOf(error);
    });
    if (refusal !== undefined) left += 1;
    output.write(`${wordsFor(removal)} ${refusal === undefined ? "is removed" : `stays: ${refusal}`}\n`);
  }
  return left === 0 ? 0 : 1;
}
