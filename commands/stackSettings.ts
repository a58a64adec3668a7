import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadConfig } from "../config/load";
import { thisMachine } from "../config/machine";
import type { StackConfig } from "../config/model";
import { ConfigError } from "../config/problem";
import { sourceFromPulumiJson } from "../config/pulumiJson";
import { CommandError } from "./commandError";

/** How a command runs Pulumi. */
export interface PulumiPlace {
  /** The Pulumi CLI: a path, or a name on PATH. */
  readonly program: string;
  /** Its environment: Pulumi finds its state and its login there. */
  readonly env: NodeJS.ProcessEnv;
  /** Folder of Pulumi.yaml. */
  readonly projectDirectory: string;
}

/** Which stack is meant. */
export interface StackChoice {
  /** Undefined: the one that is selected, as for every `pulumi` command. */
  readonly stack: string | undefined;
  /** Pulumi's own `--config-file`; undefined: Pulumi.<stack>.yaml. */
  readonly configFile: string | undefined;
}

/** A stack and what it asks for. */
export interface StackSettings {
  readonly stack: string;
  readonly config: StackConfig;
}

/** Pulumi may have to ask a state backend far away. */
const pulumiSeconds = 60;

/**
 * A stack's configuration, from where `pulumi` has it. Secrets stay closed: none is a setting of this project.
 *
 * @throws {CommandError} when Pulumi doesn't give it, or everything that is wrong with it
 */
export async function readStackSettings(place: PulumiPlace, choice: StackChoice): Promise<StackSettings> {
  const inStack = choice.stack === undefined ? [] : ["--stack", choice.stack];
  const file = choice.configFile === undefined ? [] : ["--config-file", choice.configFile];
  const [document, stack] = await Promise.all([
    // `--open`: with what the stack takes from Pulumi's environments.
    pulumi(place, ["config", "--json", "--open", "--show-secrets=false", ...inStack, ...file]),
    choice.stack ?? pulumi(place, ["stack", "--show-name"]),
  ]);
  // The files that a config names are for building images, and may be on another machine.
  const readFile = () => ({ kind: "not needed" }) as const;
  const machine = { ...thisMachine(place.projectDirectory), readFile };
  try {
    const source = sourceFromPulumiJson(document, projectName(place.projectDirectory), machine);
    return { stack: stack.trim(), config: loadConfig(source) };
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message);
    if (error instanceof SyntaxError)
      throw new CommandError("pulumi config --json printed something that isn't JSON. Is it Pulumi's CLI?");
    throw error;
  }
}

function projectName(directory: string): string {
  return (parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as { name: string }).name;
}

/** What a `pulumi` command prints to standard output. */
async function pulumi(place: PulumiPlace, args: readonly string[]): Promise<string> {
  const child = spawn(place.program, [...args, "--non-interactive", "--color", "never"], {
    cwd: place.projectDirectory,
    env: place.env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: pulumiSeconds * 1000,
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? notFound(place.program) : new CommandError(error.message));
    });
    child.once("close", resolve);
  });
  if (code === 0) return output;
  if (code === null) throw new CommandError(`pulumi ${args.join(" ")} didn't end within ${pulumiSeconds} s.`);
  const words = errors.trim().replace(/^error: /, "");
  const hint = words.includes("no stack")
    ? "\n`pulumi stack ls` lists the stacks; --stack NAME takes one."
    : "";
  throw new CommandError(`${words === "" ? `pulumi ${args.join(" ")} ended with ${code}` : words}${hint}`);
}

function notFound(program: string): CommandError {
  return new CommandError(
    `There is no ${program} on PATH, and the stack's settings come from it: https://www.pulumi.com/docs/install/`,
  );
}
