import { commonUsage, exitUsage, readActArguments, type ActArguments } from "../acts/actArguments";

/** What a call of the command asks for. */
export interface SwitchoverArguments extends ActArguments {
  /** Name of the candidate; undefined: the best. */
  readonly to: string | undefined;
}

/** Shown for `--help`. */
export const usage = `Usage: npm run switchover -- --tenant NAME [--to MEMBER] [--stack NAME] [--config-file FILE]
                             [--yes] [--timeout SECONDS]

Makes another member the leader, in order. ${exitUsage}

${commonUsage}; \`timeouts.leaderSeconds\` unless said
  --to MEMBER          who takes over; without it a synchronous standby, else the replica with the least lag`;

/**
 * Reads the command line.
 *
 * @throws {CommandError} for what it doesn't know
 */
export function parseArguments(args: readonly string[]): SwitchoverArguments {
  const { common, values } = readActArguments(args, usage, ["--to"]);
  return { ...common, to: values.get("--to") };
}
