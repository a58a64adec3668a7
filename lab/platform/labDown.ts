import { existsSync } from "node:fs";
import { silentReporter, type Reporter } from "../report";
import type { LabSettings } from "../settings";
import { UserError } from "../userError";
import { removeAddresses } from "./addresses";
import { consulAgentPart, consulServerPart } from "./consul";
import { labContainers, removeContainer, stopContainer } from "./containers";
import { rememberedEngine, revivedEngine, stopSharedEngine } from "./docker";
import { lookAtEngine, type Engine } from "./engine";
import { otherLabs, unregisterLab, withLabLock, withMachineLock } from "./machine";
import { unmountAllIn } from "./mounts";
import { nomadClientPart, nomadServerPart } from "./nomad";
import { openBaoPart } from "./openbao";
import { isTagOf, stopPart, type Part } from "./part";
import { privilegedContainers, removePrivileged, runAsRoot } from "./privileged";
import { stopProcess, taggedProcesses } from "./processes";
import { registryPart } from "./registry";
import { statePaths } from "./statePaths";
import { lookQuietly } from "./waiting";

/** How to take a lab down. */
export interface LabDownOptions {
  /** Delete its state too: jobs, volumes, secrets, logs. Default false: the next `labUp` goes on with them. */
  readonly purge?: boolean;
  /** How long a container may take to stop before it is killed. Default 30: PostgreSQL writes a checkpoint. */
  readonly containerGraceSeconds?: number;
  readonly reporter?: Reporter;
}

/**
 * Ends everything that this lab runs, containers included, and what labs share if no other lab uses it. Safe
 * to repeat. Jobs stay registered unless `purge` is set, so that the next `labUp` brings them back.
 * @throws {UserError} when something can't be ended, or the state folder isn't a lab's.
 */
export async function labDown(settings: LabSettings, options: LabDownOptions = {}): Promise<void> {
  if (!existsSync(settings.stateDir)) return;
  const reporter = options.reporter ?? silentReporter();
  if (!existsSync(statePaths(settings).marker)) {
    throw new UserError(
      `${settings.stateDir} is not a lab's state folder: it has no lab.json. Nothing was touched.`,
    );
  }
  await withLabLock(settings, reporter, async () => {
    await stopAll(settings, reporter, options.containerGraceSeconds ?? 30);
    if (options.purge === true) {
      await purge(settings);
      reporter.say(`${settings.stateDir} is deleted`);
    }
  });
}

async function stopAll(
  settings: LabSettings,
  reporter: Reporter,
  containerGraceSeconds: number,
): Promise<void> {
  const stop = (...parts: readonly Part[]): Promise<unknown> =>
    Promise.all(parts.map((part) => stopPart(settings, part)));
  // First those who would bring back what is stopped next.
  await reporter.during("Nomad", () =>
    stop(nomadServerPart(settings), ...settings.nodes.map((node) => nomadClientPart(settings, node))),
  );
  // Consul still runs: Patroni gives back its leader key there as it stops.
  await reporter.during("Containers", () => removeContainers(settings, containerGraceSeconds));
  await reporter.during("Consul, OpenBao, registry", async () => {
    await stop(...settings.nodes.map((node) => consulAgentPart(settings, node)));
    await stop(consulServerPart(settings), openBaoPart(settings), registryPart(settings));
    await endStrays(settings);
    await unmountAllIn(settings.stateDir, rememberedEngine(settings));
  });
  await reporter.during("Docker engine and addresses, unless shared with another lab", () =>
    releaseShared(settings),
  );
}

/** Ends what no record speaks of: helpers that Nomad's clients leave behind, parts whose record was lost. */
async function endStrays(settings: LabSettings): Promise<void> {
  await Promise.all(taggedProcesses(isTagOf(settings)).map((left) => stopProcess(left, 5)));
  const engine = await liveEngine(settings);
  if (engine === undefined) return;
  const containers = await privilegedContainers(engine, isTagOf(settings));
  await Promise.all(containers.map((container) => removePrivileged(container)));
}

async function removeContainers(settings: LabSettings, graceSeconds: number): Promise<void> {
  const engine = await revivedEngine(settings);
  if (engine === undefined) return;
  const containers = await labContainers(settings, engine);
  await Promise.all(
    containers.map(async (container) => {
      await stopContainer(engine, container, graceSeconds);
      await removeContainer(engine, container);
    }),
  );
}

/** The last lab ends the engine that labs started, and removes the addresses that labs added. */
async function releaseShared(settings: LabSettings): Promise<void> {
  await withMachineLock(settings, async () => {
    unregisterLab(settings);
    if (otherLabs(settings).length > 0) return;
    await removeAddresses(settings, rememberedEngine(settings));
    await stopSharedEngine(settings);
  });
}

/** Volumes and what Nomad's clients wrote belong to other users. */
async function purge(settings: LabSettings): Promise<void> {
  const args = ["-rf", "--one-file-system", "--", settings.stateDir];
  const { code, stderr } = await runAsRoot(rememberedEngine(settings), "rm", args);
  if (code !== 0) throw new UserError(`${settings.stateDir} can't be deleted: ${stderr.trim()}`);
}

async function liveEngine(settings: LabSettings): Promise<Engine | undefined> {
  const engine = rememberedEngine(settings);
  if (engine === undefined) return undefined;
  return (await lookQuietly(() => lookAtEngine(engine))).ok ? engine : undefined;
}
