import { commonUsage, exitUsage, readActArguments, type ActArguments } from "../acts/actArguments";
import { CommandError } from "../commandError";

/** What a call of the command asks for. */
export interface ReinitArguments extends ActArguments {
  /** Whose data goes; empty only with `help`. */
  readonly member: string;
}

/** How long a copy may take unless the command line says it. */
export const copySeconds = 3600;

/** Shown for `--help`. */
export const usage = `Usage: npm run reinit -- --tenant NAME --member MEMBER [--stack NAME] [--config-file FILE]
                         [--yes] [--timeout SECONDS]

Deletes a replica's data and copies the leader's anew. ${exitUsage}

${commonUsage}; ${copySeconds} unless said. Patroni goes on after it
  --member MEMBER      whose data goes`;

/**
 * Reads the command line.
 *
 * @throws {CommandError} for what it doesn't know, and without a member
 */
export function parseArguments(args: readonly string[]): ReinitArguments {
  const { common, values } = readActArguments(args, usage, ["--member"]);
  const member = values.get("--member") ?? "";
  if (member === "" && !common.help)
    throw new CommandError(`--member NAME says whose data is copied anew.\n\n${usage}`);
  return { ...common, member };
}
