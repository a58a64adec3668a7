import { readCommandLine } from "../commandLine";
import type { StackChoice } from "../stackSettings";

/** What a call of the command asks for. */
export interface CleanupArguments extends StackChoice {
  /** Cluster whose leftovers go; undefined: of all. */
  readonly scope: string | undefined;
  readonly yes: boolean;
  readonly help: boolean;
}

/** Shown for `--help`. */
export const usage = `Usage: npm run cleanup -- [--scope NAME] [--stack NAME] [--config-file FILE] [--yes]

Removes keys in Consul that nobody needs any more: entries of members that are gone, and all keys of clusters that
are gone. It shows which and why that is safe, asks, and removes those that nobody has written since. Volumes and
credentials are never removed; npm run status names the volumes, and the command that deletes each.
Ends with 0 when they are gone or there are none, 1 when some are left, 2 when nothing was done. CONSUL_HTTP_TOKEN
needs to write the keys, NOMAD_TOKEN to read jobs and volumes: of every namespace, or it can't see who uses what.

  --scope NAME         only what is left of this cluster
  --stack NAME         the stack; without it the one that \`pulumi stack select\` selected
  --config-file FILE   its configuration, where that isn't Pulumi.NAME.yaml
  --yes                don't ask`;

/**
 * Reads the command line.
 *
 * @throws {CommandError} for what it doesn't know
 */
export function parseArguments(args: readonly string[]): CleanupArguments {
  const values = readCommandLine(args, {
    switches: ["--yes", "--help"],
    options: ["--stack", "--config-file", "--scope"],
    usage,
  });
  return {
    stack: values.get("--stack"),
    configFile: values.get("--config-file"),
    scope: values.get("--scope"),
    yes: values.has("--yes"),
    help: values.has("--help"),
  };
}
