import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Reporter } from "../report";
import type { LabSettings } from "../settings";
import { UserError } from "../userError";
import { ensureAddresses } from "./addresses";
import { ensureEngine, rememberEngine } from "./docker";
import type { Engine } from "./engine";
import { registerLab, withLabLock, withMachineLock } from "./machine";
import { isTagOf, partRecord } from "./part";
import { labParts } from "./parts";
import { portClashMessage, portHolder, takenPorts, type PortClash } from "./portUse";
import { liveProcess, stopProcess, taggedProcesses } from "./processes";
import { isRoot } from "./run";
import { startAll, type LabTools } from "./startParts";
import { statePaths } from "./statePaths";
import { ensureTokens } from "./tokens";

export type { LabTools } from "./startParts";

/** How the lab's systems know who asks. A state folder says with which of it it was made. */
const rights = "acl";
const markerSchema = z.object({ rights: z.string().optional() });

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
  refuseOlderLab(settings);
  prepareState(settings);
  if (!isRoot()) {
    reporter.say("Nomad's clients need root's rights: they get them from the Docker engine, in containers");
  }
  await withLabLock(settings, reporter, async () => {
    await endStrays(settings);
    await refuseTakenPorts(settings);
    await reporter.during("Lab", async (note) => {
      const say = (line: string): void => {
        reporter.say(line);
      };
      note("Docker engine and addresses of the nodes");
      await startAll(settings, tools, await ensureShared(settings, tools), { say, note });
    });
  });
}

async function ensureShared(settings: LabSettings, tools: LabTools): Promise<Engine> {
  return withMachineLock(settings, async () => {
    registerLab(settings);
    const engine = await ensureEngine(settings, tools.docker.programs["dockerd"]);
    await ensureAddresses(settings, engine);
    rememberEngine(settings, engine);
    return engine;
  });
}

function prepareState(settings: LabSettings): void {
  const paths = statePaths(settings);
  try {
    mkdirSync(settings.stateDir, { recursive: true, mode: 0o711 });
    for (const node of settings.nodes) mkdirSync(paths.volumes(node.name), { recursive: true });
    if (!existsSync(paths.marker))
      writeFileSync(paths.marker, `${JSON.stringify({ portOffset: settings.portOffset, rights })}\n`);
    ensureTokens(settings);
  } catch (error) {
    throw new UserError(
      `The lab's state folder ${settings.stateDir} can't be written: ${error instanceof Error ? error.message : ""}.`,
    );
  }
}

/** Jobs of a lab without ACLs have no identity for the systems that would ask for one now. */
function refuseOlderLab(settings: LabSettings): void {
  const { marker } = statePaths(settings);
  if (!existsSync(marker)) return;
  const { rights: made } = markerSchema.parse(JSON.parse(readFileSync(marker, "utf8")));
  if (made === rights) return;
  throw new UserError(
    `The lab in ${settings.stateDir} was made by another version of this project, when nobody asked for its jobs' ` +
      `identities. Start afresh: npm run lab -- down --purge. That deletes the data of its clusters.`,
  );
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
