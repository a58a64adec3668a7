import { silentReporter, type Reporter } from "../report";
import type { LabNode, LabSettings } from "../settings";
import { UserError } from "../userError";
import { consulAgentPart } from "./consul";
import { containerProcess, labContainers, type LabContainer } from "./containers";
import { rememberedEngine } from "./docker";
import type { Engine } from "./engine";
import { withLabLock } from "./machine";
import { unmountAllIn } from "./mounts";
import { nomadClientName, nomadClientPart } from "./nomad";
import { isTagOf, partRecord, type Part } from "./part";
import { labParts } from "./parts";
import { liveProcess, signalProcess, taggedProcesses, type SignalTarget } from "./processes";
import { startNode, type LabTools } from "./startParts";
import { statePaths } from "./statePaths";
import { holds, notYet, waitUntil, type Look } from "./waiting";

/** What a fault hit. */
export interface Fault {
  /** Names of the containers that were killed. */
  readonly containers: readonly string[];
}

/**
 * Takes the power from a node: its Nomad client, its Consul agent and its containers end within the same
 * moment, by SIGKILL. Returns when they are gone.
 * @throws {UserError} when the lab has no such node.
 */
export async function loseNode(settings: LabSettings, nodeName: string): Promise<Fault> {
  const node = nodeNamed(settings, nodeName);
  const engine = engineOf(settings);
  const containers = await labContainers(settings, engine, [node]);
  const inContainers = await Promise.all(containers.map((one) => containerProcess(engine, one)));
  const agents = [nomadClientPart(settings, node), consulAgentPart(settings, node)];
  return kill(settings, agents, containers, inContainers);
}

/**
 * Gives the power back to a node: its agents start anew and find their data as it was, but nothing of what
 * was in memory. Returns when the node is ready.
 */
export async function restoreNode(
  settings: LabSettings,
  tools: LabTools,
  nodeName: string,
  reporter: Reporter = silentReporter(),
): Promise<void> {
  const node = nodeNamed(settings, nodeName);
  await withLabLock(settings, reporter, async () => {
    if (liveProcess(partRecord(settings, nomadClientPart(settings, node))) === undefined) {
      await unmountAllIn(statePaths(settings).data(nomadClientName(node)), engineOf(settings));
    }
    const say = (line: string): void => {
      reporter.say(line);
    };
    await startNode(settings, tools, node, engineOf(settings), { say, note: say });
  });
}

/** Kills one container by its first process, as an out-of-memory kill would. Nomad notices by itself. */
export async function killContainer(settings: LabSettings, container: LabContainer): Promise<Fault> {
  const first = await containerProcess(engineOf(settings), container);
  return kill(settings, [], [container], [first]);
}

/** Kills one part by SIGKILL. `part` is the part's name, such as `consul` or `nomad-node1`. */
export async function killPart(settings: LabSettings, part: string): Promise<Fault> {
  return kill(settings, [partNamed(settings, part)], [], []);
}

/** Suspends one part: it keeps its connections, but answers nothing, like a machine that hangs. */
export async function suspendPart(settings: LabSettings, part: string): Promise<void> {
  await signalPart(settings, part, "SIGSTOP");
}

/** Lets a suspended part go on. */
export async function resumePart(settings: LabSettings, part: string): Promise<void> {
  await signalPart(settings, part, "SIGCONT");
}

/** All that is needed is gathered before, so that nothing stands between the first signal and the last. */
async function kill(
  settings: LabSettings,
  parts: readonly Part[],
  containers: readonly LabContainer[],
  inContainers: readonly (SignalTarget | undefined)[],
): Promise<Fault> {
  const ofParts = parts.flatMap(({ name }) => [
    ...[partRecord(settings, { name })].filter((one) => one !== undefined),
    ...taggedProcesses(isTagOf(settings, name)),
  ]);
  const victims = [...ofParts, ...inContainers.filter((one) => one !== undefined)];
  await Promise.all(victims.map((victim) => signalProcess(victim, "SIGKILL")));
  const look = (): Promise<Look> => {
    const left = victims.filter((victim) => liveProcess(victim) !== undefined);
    return Promise.resolve(left.length === 0 ? holds : notYet(`${left.length} processes are still there`));
  };
  await waitUntil(look, { withinSeconds: 15, everyMilliseconds: 10 });
  return { containers: containers.map(({ name }) => name) };
}

async function signalPart(settings: LabSettings, name: string, signal: NodeJS.Signals): Promise<void> {
  const part = partNamed(settings, name);
  const record = partRecord(settings, part);
  if (record === undefined || !(await signalProcess(record, signal))) {
    throw new UserError(`${part.title} of the lab in ${settings.stateDir} doesn't run.`);
  }
}

function partNamed(settings: LabSettings, name: string): Part {
  const parts = labParts(settings);
  const part = parts.find((one) => one.name === name);
  if (part !== undefined) return part;
  throw new UserError(
    `The lab has no part "${name}". Its parts: ${parts.map((one) => one.name).join(", ")}.`,
  );
}

function nodeNamed(settings: LabSettings, name: string): LabNode {
  const node = settings.nodes.find((one) => one.name === name);
  if (node !== undefined) return node;
  throw new UserError(
    `The lab has no node "${name}". Its nodes: ${settings.nodes.map((one) => one.name).join(", ")}.`,
  );
}

function engineOf(settings: LabSettings): Engine {
  const engine = rememberedEngine(settings);
  if (engine !== undefined) return engine;
  throw new UserError(`There is no lab in ${settings.stateDir} yet. Bring one up: npm run lab -- up.`);
}
