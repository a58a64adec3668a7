import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { LabSettings } from "../settings";
import { UserError } from "../userError";
import { askEngine, engineSocket, lookAtEngine, type Engine } from "./engine";
import { lastMeaningfulLines } from "./logTail";
import { machinePath, withMachineLock } from "./machine";
import { unmountAllIn } from "./mounts";
import {
  launchProcess,
  liveProcess,
  readRecord,
  removeRecord,
  stopProcess,
  taggedProcesses,
} from "./processes";
import { isRoot } from "./run";
import { statePaths } from "./statePaths";
import { DeadlineError, waitUntil, type Look } from "./waiting";

const engineSchema = z.object({ host: z.string() });
const infoSchema = z.object({ SecurityOptions: z.array(z.string()).nullish(), OperatingSystem: z.string() });
const systemSocket = "/var/run/docker.sock";
// sockaddr_un holds 108 bytes, the last of which is 0.
const longestSocketPath = 107;

/**
 * The engine to use: the one at `DOCKER_HOST`, else the one this lab used before, else the system's, else one
 * that labs share, which is started if needed. Takes the machine's lock for granted.
 * @throws {UserError} when there is none and none can be started, or the one found can't serve the lab.
 */
export async function ensureEngine(
  settings: LabSettings,
  dockerd: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Engine> {
  const engine = (await findEngine(settings, env)) ?? (await startEngine(settings, dockerd));
  await refuseUnusable(engine);
  return engine;
}

/** The engine that this lab was last brought up with, or undefined. */
export function rememberedEngine(settings: LabSettings): Engine | undefined {
  try {
    return engineSchema.parse(JSON.parse(readFileSync(statePaths(settings).engine, "utf8")));
  } catch {
    return undefined;
  }
}

/** Keeps in this lab's state which engine it uses. */
export function rememberEngine(settings: LabSettings, engine: Engine): void {
  writeFileSync(statePaths(settings).engine, `${JSON.stringify(engine)}\n`);
}

/**
 * The engine that this lab was last brought up with, if it answers. One that labs started and that died is
 * started again where it left containers behind: nothing else can end them.
 */
export async function revivedEngine(settings: LabSettings): Promise<Engine | undefined> {
  const engine = rememberedEngine(settings);
  if (engine === undefined || (await answers(engine))) return engine;
  const record = readRecord(sharedRecord(settings));
  const isShared = engine.host === sharedEngine(settings).host;
  if (!isShared || record === undefined || taggedProcesses(isSharedTag(settings)).length === 0)
    return undefined;
  return withMachineLock(settings, () => startEngine(settings, record.executable));
}

/** Ends the engine that labs started, if there is one. Nothing must use it any more. */
export async function stopSharedEngine(settings: LabSettings): Promise<void> {
  const record = readRecord(sharedRecord(settings));
  if (record !== undefined) await stopProcess(record, 60);
  for (const left of taggedProcesses(isSharedTag(settings))) await stopProcess(left, 10);
  // An engine that was killed leaves mounts behind.
  await unmountAllIn(engineFolder(settings), undefined);
  removeRecord(sharedRecord(settings));
}

/** An engine that runs but is too busy to answer at once must not be taken for a dead one. */
async function sharedEngineAnswers(settings: LabSettings): Promise<boolean> {
  const engine = sharedEngine(settings);
  if (liveProcess(readRecord(sharedRecord(settings))) === undefined) return answers(engine);
  return waitUntil(() => lookAtEngine(engine), { withinSeconds: 30 }).then(
    () => true,
    () => false,
  );
}

async function findEngine(
  settings: LabSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Engine | undefined> {
  const shared = sharedEngine(settings);
  const asked = env["DOCKER_HOST"];
  if (asked !== undefined && asked !== "" && asked !== shared.host) return engineAsked(asked);
  // A lab stays on its engine: its containers are there.
  const remembered = rememberedEngine(settings);
  if (remembered !== undefined && remembered.host !== shared.host && (await answers(remembered)))
    return remembered;
  if (existsSync(systemSocket) && (await answers({ host: `unix://${systemSocket}` }))) {
    return { host: `unix://${systemSocket}` };
  }
  return (await sharedEngineAnswers(settings)) ? shared : undefined;
}

async function engineAsked(host: string): Promise<Engine> {
  if (!host.startsWith("unix://")) {
    throw new UserError(
      `DOCKER_HOST is ${host}, but the lab's containers must share this machine's network: unset it, or name a ` +
        `Unix socket, for example unix://${systemSocket}.`,
    );
  }
  if (await answers({ host })) return { host };
  throw new UserError(
    `No Docker engine answers at DOCKER_HOST=${host}. Start it, or unset DOCKER_HOST: the lab then uses the ` +
      `system's engine or starts one of its own.`,
  );
}

async function answers(engine: Engine): Promise<boolean> {
  return lookAtEngine(engine).then(
    (look) => look.ok,
    () => false,
  );
}

async function refuseUnusable(engine: Engine): Promise<void> {
  const answer = await askEngine(engine, "/info", { timeoutSeconds: 20 });
  const info = infoSchema.parse(answer);
  const rootless = info.SecurityOptions?.some((option) => option.includes("rootless")) === true;
  if (!rootless && info.OperatingSystem !== "Docker Desktop") return;
  throw new UserError(
    `The Docker engine at ${engine.host} is ${rootless ? "rootless" : "Docker Desktop's"}: its containers have ` +
      `another network than this machine, so the lab's nodes can't reach them. Use the machine's own engine.`,
  );
}

async function startEngine(settings: LabSettings, dockerd: string | undefined): Promise<Engine> {
  const engine = sharedEngine(settings);
  if (dockerd === undefined) {
    throw new UserError(
      "No Docker engine runs and the program dockerd is missing. Install Docker, or start it.",
    );
  }
  if (!isRoot()) {
    throw new UserError(
      `No Docker engine answers at ${systemSocket}, and only root can start one. Start it (sudo systemctl start ` +
        `docker) and let your user use it (sudo usermod -aG docker $USER, then log in again).`,
    );
  }
  // Only the engine's own process: its containerd and its containers are what the new one takes over.
  const hung = readRecord(sharedRecord(settings));
  if (hung !== undefined) await stopProcess(hung, 30);
  const record = await launchProcess({
    executable: dockerd,
    args: engineArguments(settings),
    env: proxyVariables(),
    logFile: engineLog(settings),
    recordFile: sharedRecord(settings),
    tag: sharedTag(settings),
    launchedWith: "",
  });
  const look = async (): Promise<Look> => {
    if (liveProcess(record) === undefined) throw new UserError(engineFailure(settings, "dockerd ended"));
    return lookAtEngine(engine);
  };
  await waitUntil(look, { withinSeconds: 60 }).catch((error: unknown) => {
    throw error instanceof DeadlineError ? new UserError(engineFailure(settings, error.message)) : error;
  });
  return engine;
}

function engineArguments(settings: LabSettings): readonly string[] {
  const folder = engineFolder(settings);
  const socket = engineSocket(sharedEngine(settings));
  if (Buffer.byteLength(join(folder, "exec", "containerd", "containerd.sock.ttrpc")) > longestSocketPath) {
    throw new UserError(
      `The path ${folder} is too long for the Docker engine's sockets. Use a shorter home folder.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);
  // A file of its own: the machine's daemon.json is meant for the machine's engine.
  const configFile = join(folder, "daemon.json");
  writeFileSync(configFile, "{}\n");
  rmSync(join(folder, "docker.pid"), { force: true });
  return [
    `--config-file=${configFile}`,
    `--host=unix://${socket}`,
    `--data-root=${join(folder, "data")}`,
    `--exec-root=${join(folder, "exec")}`,
    `--pidfile=${join(folder, "docker.pid")}`,
  ];
}

function engineFailure(settings: LabSettings, seen: string): string {
  const lines = lastMeaningfulLines(engineLog(settings), 8).map((line) => `  ${line.trim()}`);
  return [`The Docker engine did not come up: ${seen}. Its log ${engineLog(settings)} says:`, ...lines].join(
    "\n",
  );
}

function sharedEngine(settings: LabSettings): Engine {
  return { host: `unix://${join(engineFolder(settings), "docker.sock")}` };
}

function engineFolder(settings: LabSettings): string {
  return join(settings.cacheDir, "docker");
}

function engineLog(settings: LabSettings): string {
  return machinePath(settings, "docker.log");
}

function sharedRecord(settings: LabSettings): string {
  return machinePath(settings, "docker.json");
}

function sharedTag(settings: LabSettings): string {
  return `${dirname(sharedRecord(settings))}:docker`;
}

function isSharedTag(settings: LabSettings): (tag: string) => boolean {
  return (tag) => tag === sharedTag(settings);
}

function proxyVariables(): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
