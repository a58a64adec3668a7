import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { LabSettings } from "../settings";
import type { Tool } from "../toolchain/tool";
import { UserError } from "../userError";
import type { Engine } from "./engine";
import { lastMeaningfulLines } from "./logTail";
import type { PortUse } from "./portUse";
import {
  launchProcess,
  liveProcess,
  readRecord,
  removeRecord,
  stopProcess,
  type ProcessRecord,
} from "./processes";
import { statePaths } from "./statePaths";
import { DeadlineError, holds, lookQuietly, notYet, waitUntil, type Look } from "./waiting";

/** One supervised process of the lab. */
export interface Part {
  /** Names its files: configuration, log, record, data. */
  readonly name: string;
  /** As people call it, for example `Consul agent of node1`. */
  readonly title: string;
  readonly ports: readonly PortUse[];
  /** How long it may take from start to ready. */
  readonly readyWithinSeconds: number;
  /** How long it may take to end by itself once asked. */
  readonly stopWithinSeconds: number;
  /** Whether it does its work, as its health endpoint and its peers say. Quick, and may throw: that means no. */
  look(): Promise<Look>;
  /** What has to be done after each start before it can be ready, such as unsealing. Called until ready. */
  settle?(): Promise<void>;
}

/** A program and its version. */
export type Program = Pick<Tool, "path" | "version">;

/** How a part is started: its program, and its configuration file, which is the last argument. */
export interface PartLaunch {
  readonly program: Program;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written as JSON; its path is appended to `args`. */
  readonly configuration: unknown;
  /** The engine through which it gets root's rights, where it needs them and the lab hasn't got them. */
  readonly privilegedBy?: Engine | undefined;
}

/** How a part is doing. `dead` means that it ran and nobody stopped it. */
export type PartState =
  | { readonly state: "ready" }
  | { readonly state: "failing"; readonly seen: string }
  | { readonly state: "dead" }
  | { readonly state: "stopped" };

/** Tag of a part's processes; {@link isTagOf} recognizes it. */
function partTag(settings: Pick<LabSettings, "stateDir">, part: string): string {
  return `${settings.stateDir}:${part}`;
}

/** Whether a tag belongs to this lab (`part` undefined), or to this part of it. */
export function isTagOf(settings: Pick<LabSettings, "stateDir">, part?: string): (tag: string) => boolean {
  return (tag) =>
    part === undefined ? tag.startsWith(partTag(settings, "")) : tag === partTag(settings, part);
}

/** The record of a part's process, alive or not. */
export function partRecord(settings: LabSettings, part: Pick<Part, "name">): ProcessRecord | undefined {
  return readRecord(statePaths(settings).record(part.name));
}

/** How a part is doing now: alive, and working. */
export async function partState(settings: LabSettings, part: Part): Promise<PartState> {
  const record = partRecord(settings, part);
  if (record === undefined) return { state: "stopped" };
  const alive = liveProcess(record);
  if (alive === undefined) return { state: "dead" };
  if (alive.state === "T") return { state: "failing", seen: `process ${alive.pid} is suspended` };
  const found = await lookQuietly(() => part.look());
  return found.ok ? { state: "ready" } : { state: "failing", seen: found.seen };
}

/**
 * Sees to it that a part runs with the given configuration and is ready: starts it, or waits for it, or starts
 * it anew when it runs with another configuration or hangs.
 * @returns whether it had to be started.
 * @throws {UserError} when it doesn't become ready, with the telling lines of its log.
 */
export async function ensurePart(
  settings: LabSettings,
  part: Part,
  launch: PartLaunch,
  note: (detail: string) => void,
): Promise<"started" | "was running"> {
  const record = partRecord(settings, part);
  const isCurrent = record?.launchedWith === fingerprint(launch);
  if (record !== undefined && isCurrent && liveProcess(record)?.state !== "T") {
    const ready = await becomesReady(part, record, note, 15);
    if (ready.ok) return "was running";
    note(`starting it anew: ${ready.seen}`);
  }
  await stopPart(settings, part);
  const started = await startPart(settings, part, launch);
  const ready = await becomesReady(part, started, note, part.readyWithinSeconds);
  if (ready.ok) return "started";
  throw new UserError(failureMessage(part, ready.seen, statePaths(settings).log(part.name)));
}

/** Ends a part's process, if it runs, and forgets it. */
export async function stopPart(
  settings: LabSettings,
  part: Pick<Part, "name" | "stopWithinSeconds">,
): Promise<void> {
  const record = partRecord(settings, part);
  if (record !== undefined) await stopProcess(record, part.stopWithinSeconds);
  removeRecord(statePaths(settings).record(part.name));
}

async function startPart(settings: LabSettings, part: Part, launch: PartLaunch): Promise<ProcessRecord> {
  const paths = statePaths(settings);
  const configFile = paths.config(part.name);
  mkdirSync(dirname(configFile), { recursive: true });
  mkdirSync(paths.data(part.name), { recursive: true, mode: 0o711 });
  writeFileSync(configFile, `${JSON.stringify(launch.configuration, undefined, 2)}\n`, { mode: 0o600 });
  return launchProcess({
    executable: launch.program.path,
    args: [...launch.args, configFile],
    env: launch.env,
    logFile: paths.log(part.name),
    recordFile: paths.record(part.name),
    privilegedBy: launch.privilegedBy,
    tag: partTag(settings, part.name),
    launchedWith: fingerprint(launch),
  });
}

async function becomesReady(
  part: Part,
  record: ProcessRecord,
  note: (detail: string) => void,
  withinSeconds: number,
): Promise<Look> {
  const look = async (): Promise<Look> => {
    if (liveProcess(record) === undefined) return holds;
    await part.settle?.();
    return part.look();
  };
  try {
    await waitUntil(look, { withinSeconds, note });
  } catch (error) {
    if (error instanceof DeadlineError) return notYet(error.message);
    throw error;
  }
  return liveProcess(record) === undefined ? notYet(`process ${record.pid} has ended`) : holds;
}

function failureMessage(part: Part, seen: string, logFile: string): string {
  const lines = lastMeaningfulLines(logFile, 8);
  return [
    `${part.title} did not come up: ${seen}.`,
    ...(lines.length === 0 ? [`Its log ${logFile} is empty.`] : [`Its log ${logFile} says:`]),
    ...lines.map((line) => `  ${line.trim()}`),
  ].join("\n");
}

/** The same program from another folder is no reason to start a part anew; another version is. */
function fingerprint({ program, ...launch }: PartLaunch): string {
  const content = JSON.stringify({ ...launch, version: program.version });
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
