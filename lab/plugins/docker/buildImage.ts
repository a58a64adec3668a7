import type Dockerode from "dockerode";
import { PluginFailure } from "../framework/failure";
import type { Operation } from "../framework/plugin";
import { tarOf } from "./buildContext";
import type { BuildContext } from "./buildContext";
import { readTrace } from "./buildProgress";
import type { BuildNews } from "./buildProgress";
import { buildDisplay } from "./display";
import { engineFailure } from "./engine";
import { engineMessages } from "./messages";
import type { EngineMessage } from "./messages";
import { allCredentials } from "./registry";

/** One build. */
export interface BuildRequest {
  readonly imageName: string;
  readonly context: BuildContext;
  readonly args: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly target: string;
  readonly network: string;
  /** The classic builder in place of BuildKit. */
  readonly classic: boolean;
}

const keptLines = 12;
const keptComplaints = 5;
const noNews: BuildNews = { steps: [], lines: [], complaints: [], errors: [] };

/**
 * Builds an image and tags it, each step shown on the resource's row.
 *
 * @returns the image's ID.
 * @throws {PluginFailure} with the last lines that the build printed.
 */
export async function buildImage(
  engine: Dockerode,
  host: string,
  request: BuildRequest,
  operation: Operation,
): Promise<string> {
  const purpose = `build ${request.imageName} for ${request.platform}`;
  const display = buildDisplay(operation.progress);
  await display.step(`building for ${request.platform}`);
  const last: string[] = [];
  const complaints: string[] = [];
  const errors: string[] = [];
  let id = "";
  try {
    const stream = await engine.buildImage(await tarOf(request.context), buildOptions(request, operation));
    for await (const message of engineMessages(stream)) {
      id = imageId(message) ?? id;
      const news = newsOf(message);
      errors.push(...news.errors);
      last.push(...news.lines);
      last.splice(0, last.length - keptLines);
      complaints.push(...news.complaints);
      complaints.splice(0, complaints.length - keptComplaints);
      for (const step of news.steps.filter((name) => !isPlumbing(name))) await display.step(step);
      const line = news.lines[news.lines.length - 1];
      if (line !== undefined) await display.line(line);
    }
  } catch (error) {
    throw engineFailure(host, purpose, error);
  } finally {
    display.close();
  }
  if (errors.length === 0 && id !== "") return id;
  throw new PluginFailure(
    `can't ${purpose}: ${buildFailure(request, errors, withComplaints(last, complaints))}`,
  );
}

/** Steps of BuildKit's own, which no Dockerfile names. */
function isPlumbing(step: string): boolean {
  return step.startsWith("[internal]") || step.startsWith("copy /context");
}

function buildOptions(request: BuildRequest, operation: Operation): Dockerode.ImageBuildOptions {
  const { imageName, context, args, platform, target, network, classic } = request;
  return {
    t: imageName,
    dockerfile: context.dockerfile,
    buildargs: { ...args },
    platform,
    version: classic ? "1" : "2",
    registryconfig: { ...allCredentials() },
    abortSignal: operation.signal,
    ...(target === "" ? {} : { target }),
    ...(network === "" ? {} : { networkmode: network }),
  };
}

function newsOf(message: EngineMessage): BuildNews {
  if (message.error !== undefined) return { ...noNews, errors: [message.error] };
  if (message.id === "moby.buildkit.trace")
    return readTrace(typeof message.aux === "string" ? message.aux : "");
  const lines = (message.stream ?? message.status ?? "").split("\n").filter((line) => line.trim() !== "");
  return { ...noNews, lines };
}

function imageId(message: EngineMessage): string | undefined {
  const aux = message.aux;
  if (typeof aux !== "object" || aux === null || !("ID" in aux)) return undefined;
  return typeof aux.ID === "string" ? aux.ID : undefined;
}

/** Output and errors of a step arrive in no order, and a lot of the one would hide the other. */
function withComplaints(last: readonly string[], complaints: readonly string[]): readonly string[] {
  const missing = complaints.filter((line) => !last.includes(line));
  return [...last.slice(missing.length), ...missing];
}

function buildFailure(request: BuildRequest, errors: readonly string[], last: readonly string[]): string {
  // BuildKit names a failed step twice: when it ends, and as the end of the whole build.
  const cause = errors[errors.length - 1] ?? "the engine made no image";
  const output =
    last.length === 0 ? "" : `\nThe last lines were:\n${last.map((line) => `  ${line}`).join("\n")}`;
  const foreign = request.platform.split("/")[1] !== (process.arch === "x64" ? "amd64" : process.arch);
  const emulation =
    foreign && /exec format error|exit code: 255|no match for platform/.test(`${cause}\n${last.join("\n")}`)
      ? `\nTo build for ${request.platform} here the kernel must emulate it: install qemu-user-static and binfmt-support.`
      : "";
  return `${cause}${output}${emulation}`;
}
