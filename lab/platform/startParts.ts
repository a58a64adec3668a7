import { formatDuration } from "../report";
import type { LabNode, LabSettings } from "../settings";
import type { Tools } from "../toolchain/tool";
import { UserError } from "../userError";
import { consulAgentLaunch, consulAgentPart, consulServerLaunch, consulServerPart } from "./consul";
import { trustNomadInConsul } from "./consulAcl";
import type { Engine } from "./engine";
import { nomadClientLaunch, nomadClientPart, nomadServerLaunch, nomadServerPart } from "./nomad";
import { openBaoLaunch, openBaoPart } from "./openbao";
import { grantOperator } from "./operatorRights";
import { ensurePart, type Part, type PartLaunch } from "./part";
import { registryLaunch, registryPart } from "./registry";
import { orUserError } from "./waiting";
import { trustNomad } from "./workloadIdentity";

/** The tools that a lab runs on. */
export type LabTools = Pick<Tools, "nomad" | "consul" | "bao" | "docker" | "docker-registry">;

/** Who is told how the start goes. */
export interface Progress {
  /** Says what has come up. */
  readonly say: (line: string) => void;
  /** Keeps what is being waited for, to be shown when it takes long. */
  readonly note: (detail: string) => void;
}

/** Starts every part that isn't running and ready, side by side as far as they don't need one another. */
export async function startAll(
  settings: LabSettings,
  tools: LabTools,
  engine: Engine,
  progress: Progress,
): Promise<void> {
  const start = starter(settings, progress);
  const consulServer = start(consulServerPart(settings), consulServerLaunch(settings, tools.consul));
  await together([
    start(registryPart(settings), registryLaunch(settings, tools["docker-registry"])),
    consulServer,
    // Their tokens are Consul's to know first.
    ...settings.nodes.map((node) =>
      consulServer.then(() => startConsulAgent(settings, tools, node, progress)),
    ),
    start(openBaoPart(settings), openBaoLaunch(settings, tools.bao)),
    consulServer.then(() => start(nomadServerPart(settings), nomadServerLaunch(settings, tools.nomad))),
  ]);
  await together([
    trustNomad(settings),
    orUserError("Consul could not be set up to trust Nomad", trustNomadInConsul(settings)),
    orUserError("The operator could not be given his rights", grantOperator(settings)),
    ...settings.nodes.map((node) => startNomadClient(settings, tools, node, engine, progress)),
  ]);
}

/** Starts the agents of one node, as far as they aren't running and ready. */
export async function startNode(
  settings: LabSettings,
  tools: LabTools,
  node: LabNode,
  engine: Engine,
  progress: Progress,
): Promise<void> {
  await startConsulAgent(settings, tools, node, progress);
  await startNomadClient(settings, tools, node, engine, progress);
}

async function startConsulAgent(
  settings: LabSettings,
  tools: LabTools,
  node: LabNode,
  progress: Progress,
): Promise<void> {
  const launch = consulAgentLaunch(settings, node, tools.consul);
  await starter(settings, progress)(consulAgentPart(settings, node), launch);
}

async function startNomadClient(
  settings: LabSettings,
  tools: LabTools,
  node: LabNode,
  engine: Engine,
  progress: Progress,
): Promise<void> {
  const launch = nomadClientLaunch(settings, node, engine, tools.nomad);
  await starter(settings, progress)(nomadClientPart(settings, node), launch);
}

function starter(settings: LabSettings, progress: Progress) {
  return async (part: Part, launch: PartLaunch): Promise<void> => {
    const begin = Date.now();
    const outcome = await ensurePart(settings, part, launch, (detail) => {
      progress.note(`${part.title}: ${detail}`);
    });
    if (outcome === "was running") return;
    progress.say(`  ${part.title} is up after ${formatDuration(Date.now() - begin)}`);
  };
}

/** Waits for all, so that nothing is still at work when failures are reported: all of them at once. */
async function together(works: readonly Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(works);
  const failures = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  if (failures.length === 0) return;
  const messages = failures.map((reason) => {
    if (reason instanceof UserError) return reason.message;
    throw reason;
  });
  throw new UserError([...new Set(messages)].join("\n"));
}
