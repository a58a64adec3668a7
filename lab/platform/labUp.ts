import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { formatDuration, type Reporter } from "../report";
import type { LabNode, LabSettings } from "../settings";
import type { Tools } from "../toolchain/tool";
import { UserError } from "../userError";
import { ensureAddresses } from "./addresses";
import { consulAgentLaunch, consulAgentPart, consulServerLaunch, consulServerPart } from "./consul";
import { ensureEngine, rememberEngine, type Engine } from "./docker";
import { registerLab, withLabLock, withMachineLock } from "./machine";
import { nomadClientLaunch, nomadClientPart, nomadServerLaunch, nomadServerPart } from "./nomad";
import { openBaoLaunch, openBaoPart, trustNomad } from "./openbao";
import { ensurePart, isTagOf, partRecord, type Part, type PartLaunch } from "./part";
import { labParts } from "./parts";
import { portClashMessage, portHolder, takenPorts, type PortClash } from "./portUse";
import { liveProcess, stopProcess, taggedProcesses } from "./processes";
import { registryLaunch, registryPart } from "./registry";
import { statePaths } from "./statePaths";

/** The tools that a lab runs on. */
export type LabTools = Pick<Tools, "nomad" | "consul" | "bao" | "docker" | "docker-registry">;

/**
 * Brings the lab up, or mends what is missing of it, and returns once every part is ready. Safe to repeat.
 * @throws {UserError} when a part can't be brought up, with the reason and the telling lines of its log.
 */
export async function labUp(settings: LabSettings, tools: LabTools, reporter: Reporter): Promise<void> {
  if (process.platform !== "linux") {
    throw new UserError(
      `The lab needs Linux, and this is ${process.platform}. Run it in a Linux virtual machine.`,
    );
  }
  prepareState(settings);
  await withLabLock(settings, reporter, async () => {
    await endStrays(settings);
    await refuseTakenPorts(settings);
    await reporter.during("Lab", (note) =>
      startParts(settings, tools, {
        say: (line) => {
          reporter.say(line);
        },
        note,
      }),
    );
  });
}

interface Progress {
  /** Says what has come up. */
  readonly say: (line: string) => void;
  /** Keeps what is being waited for, to be shown when it takes long. */
  readonly note: (detail: string) => void;
}

async function startParts(settings: LabSettings, tools: LabTools, progress: Progress): Promise<void> {
  const start = async (part: Part, launch: PartLaunch): Promise<void> => {
    const begin = Date.now();
    const outcome = await ensurePart(settings, part, launch, (detail) => {
      progress.note(`${part.title}: ${detail}`);
    });
    if (outcome === "started")
      progress.say(`  ${part.title} is up after ${formatDuration(Date.now() - begin)}`);
  };
  const forEachNode = (work: (node: LabNode) => Promise<unknown>): Promise<unknown> =>
    together(settings.nodes.map(work));

  progress.note("Docker engine and addresses of the nodes");
  const engine = await ensureShared(settings, tools);
  await together([
    start(registryPart(settings), registryLaunch(settings, tools["docker-registry"].path)),
    start(consulServerPart(settings), consulServerLaunch(settings, tools.consul.path)),
    forEachNode((node) =>
      start(consulAgentPart(settings, node), consulAgentLaunch(settings, node, tools.consul.path)),
    ),
    start(openBaoPart(settings), openBaoLaunch(settings, tools.bao.path)),
    start(nomadServerPart(settings), nomadServerLaunch(settings, tools.nomad.path)),
  ]);
  await together([
    trustNomad(settings),
    forEachNode((node) =>
      start(
        nomadClientPart(settings, node),
        nomadClientLaunch(settings, node, engine.host, tools.nomad.path),
      ),
    ),
  ]);
}

async function ensureShared(settings: LabSettings, tools: LabTools): Promise<Engine> {
  return withMachineLock(settings, async () => {
    registerLab(settings);
    await ensureAddresses(settings);
    const engine = await ensureEngine(settings, tools.docker.programs["dockerd"]);
    rememberEngine(settings, engine);
    return engine;
  });
}

/** Waits for all, so that nothing is still at work when the first failure is reported. */
async function together(works: readonly Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(works);
  const failures: unknown[] = settled.flatMap((one) =>
    one.status === "rejected" ? [one.reason as unknown] : [],
  );
  if (failures.length === 0) return;
  const messages = failures.map((reason) => {
    if (reason instanceof UserError) return reason.message;
    throw reason;
  });
  throw new UserError([...new Set(messages)].join("\n"));
}

function prepareState(settings: LabSettings): void {
  const paths = statePaths(settings);
  try {
    mkdirSync(settings.stateDir, { recursive: true, mode: 0o711 });
    for (const node of settings.nodes) mkdirSync(paths.volumes(node.name), { recursive: true });
    if (!existsSync(paths.marker))
      writeFileSync(paths.marker, `${JSON.stringify({ portOffset: settings.portOffset })}\n`);
  } catch (error) {
    throw new UserError(
      `The lab's state folder ${settings.stateDir} can't be written: ${error instanceof Error ? error.message : ""}.`,
    );
  }
}

/** Ends processes of this lab that no record speaks of, such as one whose `up` was killed right after its start. */
async function endStrays(settings: LabSettings): Promise<void> {
  for (const part of labParts(settings)) {
    if (liveProcess(partRecord(settings, part)) !== undefined) continue;
    await Promise.all(taggedProcesses(isTagOf(settings, part.name)).map((stray) => stopProcess(stray, 5)));
  }
}

async function refuseTakenPorts(settings: LabSettings): Promise<void> {
  const clashes: PortClash[] = [];
  for (const part of labParts(settings)) {
    if (liveProcess(partRecord(settings, part)) !== undefined) continue;
    for (const use of await takenPorts(part.ports)) {
      clashes.push({ ...use, part: part.title, holder: portHolder(use.address, use.port) });
    }
  }
  if (clashes.length > 0) throw new UserError(portClashMessage(clashes, settings.portOffset));
}
