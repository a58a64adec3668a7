import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadConfig } from "../config/load";
import { thisMachine } from "../config/machine";
import type { StackConfig } from "../config/model";
import { ConfigError } from "../config/problem";
import { sourceFromPulumiJson } from "../config/pulumiJson";
import { CommandError } from "./commandError";
import { pulumiOutput, type PulumiPlace } from "./pulumiCli";

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

/** The choice as every `pulumi` command takes it. */
export function choiceArguments({ stack, configFile }: StackChoice): readonly string[] {
  return [
    ...(stack === undefined ? [] : ["--stack", stack]),
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
  ];
}

/**
 * A stack's configuration, from where `pulumi` has it. Secrets stay closed: none is a setting of this project.
 *
 * @throws {CommandError} when Pulumi doesn't give it, or everything that is wrong with it
 */
export async function readStackSettings(place: PulumiPlace, choice: StackChoice): Promise<StackSettings> {
  const [document, stack] = await Promise.all([
    // `--open`: with what the stack takes from Pulumi's environments.
    pulumiOutput(place, ["config", "--json", "--open", "--show-secrets=false", ...choiceArguments(choice)]),
    choice.stack ?? pulumiOutput(place, ["stack", "--show-name"]),
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
