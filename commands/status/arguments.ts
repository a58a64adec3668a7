import { readCommandLine } from "../commandLine";
import type { StackChoice } from "../stackSettings";

/** What a call of the command asks for. */
export interface StatusArguments extends StackChoice {
  readonly watch: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** Shown for `--help`. */
export const usage = `Usage: npm run status -- [--stack NAME] [--config-file FILE] [--watch] [--json]

  --stack NAME         the stack; without it the one that \`pulumi stack select\` selected
  --config-file FILE   its configuration, where that isn't Pulumi.NAME.yaml
  --watch              show it again every 2 s, until Ctrl-C
  --json               for programs: one document, with --watch one a line (npm run -s keeps npm quiet)

Ends with 0 when all is well, 1 when something isn't, 2 when it can't be told. With --watch: as last seen.
CONSUL_HTTP_TOKEN and NOMAD_TOKEN hold the tokens. NO_COLOR switches colours off.`;

/**
 * Reads the command line.
 *
 * @throws {CommandError} for what it doesn't know
 */
export function parseArguments(args: readonly string[]): StatusArguments {
  const values = readCommandLine(args, {
    switches: ["--watch", "--json", "--help"],
    options: ["--stack", "--config-file"],
    usage,
  });
  return {
    stack: values.get("--stack"),
    configFile: values.get("--config-file"),
    watch: values.has("--watch"),
    json: values.has("--json"),
    help: values.has("--help"),
  };
}
