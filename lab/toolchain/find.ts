import { runsArm64 } from "./arm64";
import type { Machine } from "./machine";
import type { Tool } from "./tool";
import type { Recipe } from "./tools";
import { findVersion, whyUnfit } from "./version";

/** What a look for a tool that is there already came to. `why` is a clause; `unfit` tells it is there but no use. */
export type Sighting =
  | { readonly seen: true; readonly tool: Tool }
  | { readonly seen: false; readonly unfit: boolean; readonly why: string };

/** Looks for a tool that is there already and new enough, outside the cache. */
export function findOnMachine(machine: Machine, recipe: Recipe): Promise<Sighting> {
  switch (recipe.found) {
    case "onPath":
      return findOnPath(machine, recipe);
    case "dockerEngine":
      return findDockerEngine(machine, recipe);
    case "arm64":
      return findArm64(machine, recipe);
  }
}

/** Asks a program for its version; undefined when it doesn't run or gives none. */
export async function askVersion(
  machine: Machine,
  path: string,
  recipe: Recipe,
): Promise<string | undefined> {
  const answer = await machine.run(path, recipe.versionArguments, {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeoutMilliseconds: 30_000,
  });
  return answer.code === 0 ? findVersion(answer.stdout) : undefined;
}

async function findOnPath(machine: Machine, recipe: Recipe): Promise<Sighting> {
  const programs: Record<string, string> = {};
  for (const program of recipe.programs) {
    const path = machine.find(program);
    if (path === undefined) return absent(`${program} is not on PATH`);
    programs[program] = path;
  }
  return judge(machine, recipe, programs);
}

async function judge(
  machine: Machine,
  recipe: Recipe,
  programs: Readonly<Record<string, string>>,
  ask = recipe.programs[0],
): Promise<Sighting> {
  const path = programs[ask] ?? ask;
  const version = await askVersion(machine, path, recipe);
  if (version === undefined) return unfit(`${path} doesn't say its version`);
  const why = whyUnfit(version, recipe.range);
  if (why !== undefined) return unfit(`${path} is version ${version}, which ${why}`);
  return found({ path: programs[recipe.programs[0]] ?? path, version, source: "path", programs });
}

/** An engine that answers, wherever it is, is best: then nothing needs starting. Else root may start one. */
async function findDockerEngine(machine: Machine, recipe: Recipe): Promise<Sighting> {
  const docker = machine.find("docker");
  if (docker === undefined) return absent("docker is not on PATH");
  const dockerd = machine.find("dockerd");
  const programs = { docker, ...(dockerd === undefined ? {} : { dockerd }) };
  const engine = await machine.run(docker, ["version", "--format", "{{.Server.Version}}"], {
    timeoutMilliseconds: 30_000,
  });
  const version = engine.code === 0 ? findVersion(engine.stdout) : undefined;
  if (version !== undefined) {
    const why = whyUnfit(version, recipe.range);
    if (why !== undefined) return unfit(`the Docker engine is version ${version}, which ${why}`);
    return found({ path: docker, version, source: "path", programs });
  }
  if (/permission denied/i.test(engine.stderr)) {
    return unfit("this user may not use the Docker engine (root, or a member of the group docker, may)");
  }
  if (dockerd === undefined) return absent("no Docker engine answers, and dockerd is not on PATH");
  if (!machine.isRoot) return unfit("no Docker engine answers, and only root may start one");
  return judge(machine, recipe, programs, "dockerd");
}

async function findArm64(machine: Machine, recipe: Recipe): Promise<Sighting> {
  const qemu = machine.find("qemu-aarch64-static");
  const archTest = machine.find("arch-test");
  if (qemu === undefined || archTest === undefined)
    return absent("qemu-aarch64-static or arch-test is not on PATH");
  if (!runsArm64(machine)) return absent("the kernel has no qemu registered that containers can use");
  return judge(machine, recipe, { "qemu-aarch64-static": qemu, "arch-test": archTest });
}

function found(tool: Tool): Sighting {
  return { seen: true, tool };
}

function absent(why: string): Sighting {
  return { seen: false, unfit: false, why };
}

function unfit(why: string): Sighting {
  return { seen: false, unfit: true, why };
}
