import { setTimeout as sleep } from "node:timers/promises";
import type { StackStatus } from "../../patroni/status/model";
import { renderStatus } from "../../patroni/status/render";
import { stackStatus } from "../../patroni/status/stackStatus";
import { CommandError, commandErrorOf } from "../commandError";
import type { PulumiPlace } from "../pulumiCli";
import { readStackSettings, type StackSettings } from "../stackSettings";
import { parseArguments, usage, type StatusArguments } from "./arguments";
import { leftoversOf } from "./leftoversOf";
import { observeStack } from "./observeStack";
import { Screen, type Output } from "./screen";

/** What the command works with. */
export interface StatusSurroundings {
  readonly pulumi: PulumiPlace;
  readonly output: Output;
  /** Ends `--watch`. */
  readonly signal: AbortSignal;
  /** From one look to the next with `--watch`; 2000 unless said. */
  readonly intervalMs?: number;
}

/**
 * Shows how a stack's clusters are, and returns the exit code: 0 when all is well, 1 when something isn't; with
 * `--watch` as last seen, 2 if that was nothing.
 *
 * @throws {CommandError} when it can't be told
 */
export async function runStatus(args: readonly string[], surroundings: StatusSurroundings): Promise<number> {
  const { output } = surroundings;
  const wanted = parseArguments(args);
  if (wanted.help) {
    output.write(`${usage}\n`);
    return 0;
  }
  const settings = await readStackSettings(surroundings.pulumi, wanted);
  const first = await look(settings);
  if (wanted.watch) return watch(first, settings, wanted, surroundings);
  output.write(`${textOf(first, wanted, output)}\n`);
  return first.healthy ? 0 : 1;
}

/** One look at everything. */
async function look({ stack, config }: StackSettings): Promise<StackStatus> {
  try {
    const observations = await observeStack(config);
    const leftovers = await leftoversOf(config, observations);
    return stackStatus(stack, new Date(), observations, leftovers);
  } catch (error) {
    throw commandErrorOf(error);
  }
}

function textOf(status: StackStatus, { json, watch: repeated }: StatusArguments, output: Output): string {
  if (json) return JSON.stringify(status, undefined, repeated ? undefined : 2);
  const colours = output.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
  return renderStatus(status, { colours });
}

/** Looks again and again. On a terminal the text is drawn in place, and left standing at the end. */
async function watch(
  first: StackStatus,
  settings: StackSettings,
  wanted: StatusArguments,
  { output, signal, intervalMs = 2_000 }: StatusSurroundings,
): Promise<number> {
  const screen = !wanted.json && output.isTTY === true ? new Screen(output) : undefined;
  let last: StackStatus | CommandError = first;
  let text = textOf(first, wanted, output);
  const stop = aborted(signal);
  for (;;) {
    if (screen === undefined) output.write(`${text}\n`);
    else screen.draw(`${text}\n\nEvery ${intervalMs / 1000} s; Ctrl-C ends it.`);
    if ((await Promise.race([sleep(intervalMs), stop])) === "aborted") break;
    const seen = await Promise.race([look(settings).catch(commandError), stop]);
    if (seen === "aborted") break;
    last = seen;
    text = last instanceof CommandError ? failureText(last, wanted) : textOf(last, wanted, output);
  }
  screen?.close();
  if (screen !== undefined) output.write(`${text}\n`);
  return last instanceof CommandError ? 2 : last.healthy ? 0 : 1;
}

/** What `--watch` shows while Consul can't be asked; it may come back. */
function failureText({ message }: CommandError, { json }: StatusArguments): string {
  return json ? JSON.stringify({ at: new Date().toISOString(), error: message }) : message;
}

function commandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  throw error;
}

/** Settles when the signal comes. */
function aborted(signal: AbortSignal): Promise<"aborted"> {
  return new Promise((resolve) => {
    const done = () => {
      resolve("aborted");
    };
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
