import { nearestSpelling } from "../../config/spelling";
import { CommandError } from "../commandError";
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

const switches = ["--watch", "--json", "--help"] as const;
const options = ["--stack", "--config-file"] as const;

/**
 * Reads the command line: `--name value` and `--name=value`.
 *
 * @throws {CommandError} for what it doesn't know
 */
export function parseArguments(args: readonly string[]): StatusArguments {
  const values = new Map<string, string>();
  const rest = args.flatMap((arg) => splitOption(arg));
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = word === "-s" ? "--stack" : word === "-h" ? "--help" : word;
    if (includes(switches, name)) values.set(name, "");
    else if (includes(options, name)) {
      const value = rest.shift();
      if (value === undefined || value === "" || value.startsWith("--"))
        throw new CommandError(`${name} needs a value.\n\n${usage}`);
      values.set(name, value);
    } else throw unknown(word);
  }
  return {
    stack: values.get("--stack"),
    configFile: values.get("--config-file"),
    watch: values.has("--watch"),
    json: values.has("--json"),
    help: values.has("--help"),
  };
}

function splitOption(arg: string): readonly string[] {
  const equals = arg.indexOf("=");
  const isOption = equals > 0 && includes(options, arg.slice(0, equals));
  return isOption ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg];
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function unknown(word: string): CommandError {
  const meant = nearestSpelling(word, [...switches, ...options]);
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return new CommandError(`There is no "${word}".${hint}\n\n${usage}`);
}
