import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Reporter } from "../report";
import type { LabSettings } from "../settings";
import { withLock } from "../toolchain/lock";
import { liveProcess, readRecord } from "./processes";
import { statePaths } from "./statePaths";

const patienceMilliseconds = 120_000;
const labSchema = z.object({ stateDir: z.string() });

/** Where the labs of this user keep what they share on this machine: Docker engine and node addresses. */
export function machinePath(settings: Pick<LabSettings, "cacheDir">, ...parts: string[]): string {
  return join(settings.cacheDir, "machine", ...parts);
}

/** Runs `work` while no other lab changes what labs share. */
export async function withMachineLock<T>(settings: LabSettings, work: () => Promise<T>): Promise<T> {
  return withLock(machinePath(settings, "lock"), { patienceMilliseconds }, work);
}

/** Runs `work` while no other command brings this lab up or down. The lock is outside the state, which `work` may delete. */
export async function withLabLock<T>(
  settings: LabSettings,
  reporter: Pick<Reporter, "say">,
  work: () => Promise<T>,
): Promise<T> {
  const onWait = ({ pid }: { readonly pid: number }): void => {
    reporter.say(`Waiting for process ${pid}, which is at work on this lab`);
  };
  return withLock(machinePath(settings, "locks", labId(settings)), { patienceMilliseconds, onWait }, work);
}

/** Notes that this lab uses what labs share. */
export function registerLab(settings: LabSettings): void {
  mkdirSync(machinePath(settings, "labs"), { recursive: true });
  writeFileSync(registration(settings), `${JSON.stringify({ stateDir: settings.stateDir })}\n`);
}

/** Notes that this lab uses nothing any more. */
export function unregisterLab(settings: LabSettings): void {
  rmSync(registration(settings), { force: true });
}

/** State folders of the other labs that have a process running. */
export function otherLabs(settings: LabSettings): readonly string[] {
  const folder = machinePath(settings, "labs");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => labSchema.safeParse(readJson(join(folder, name))))
    .flatMap((lab) => (lab.success ? [lab.data.stateDir] : []))
    .filter((stateDir) => stateDir !== settings.stateDir && isRunning(stateDir));
}

function isRunning(stateDir: string): boolean {
  const run = join(stateDir, "run");
  if (!existsSync(statePaths({ stateDir }).marker) || !existsSync(run)) return false;
  return readdirSync(run).some((name) => liveProcess(readRecord(join(run, name))) !== undefined);
}

function registration(settings: LabSettings): string {
  return machinePath(settings, "labs", `${labId(settings)}.json`);
}

function labId(settings: LabSettings): string {
  return createHash("sha256").update(settings.stateDir).digest("hex").slice(0, 16);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
