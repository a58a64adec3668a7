import { CommandError } from "../commandError";
import { readCommandLine } from "../commandLine";
import type { StackChoice } from "../stackSettings";

/** What every act is told on its command line. */
export interface ActArguments extends StackChoice {
  /** Name of the cluster; undefined only with `help`. */
  readonly tenant: string | undefined;
  /** Whether to do it without asking. */
  readonly yes: boolean;
  /** Until when it has to be over; undefined: the act's own. */
  readonly timeoutSeconds: number | undefined;
  readonly help: boolean;
}

/** The part of the help that is the same for every act. */
export const commonUsage = `  --stack NAME         the stack; without it the one that \`pulumi stack select\` selected
  --config-file FILE   its configuration, where that isn't Pulumi.NAME.yaml
  --tenant NAME        whose cluster; the platform's own has a name too: npm run status lists them
  --yes                don't ask
  --timeout SECONDS    how long to wait until it is so`;

/** What the end of an act's process says. */
export const exitUsage = `It shows what it will do, asks, does it, and waits until it is so.
Ends with 0 when it is so, 1 when it was begun and isn't so (the message says how each member is), 2 when nothing
was done. CONSUL_HTTP_TOKEN holds Consul's token; reading is enough. Patroni's REST API must be reachable from here.`;

/**
 * Reads an act's command line.
 *
 * @param own options of this act alone, each with a value
 * @param ownSwitches and without one
 * @throws {CommandError} for what it doesn't know, and without a tenant
 */
export function readActArguments(
  args: readonly string[],
  usage: string,
  own: readonly string[],
  ownSwitches: readonly string[] = [],
): { readonly common: ActArguments; readonly values: ReadonlyMap<string, string> } {
  const values = readCommandLine(args, {
    switches: ["--yes", "--help", ...ownSwitches],
    options: ["--stack", "--config-file", "--tenant", "--timeout", ...own],
    usage,
  });
  const help = values.has("--help");
  const tenant = values.get("--tenant");
  if (tenant === undefined && !help) throw new CommandError(`--tenant NAME says whose cluster.\n\n${usage}`);
  const common: ActArguments = {
    stack: values.get("--stack"),
    configFile: values.get("--config-file"),
    tenant,
    yes: values.has("--yes"),
    timeoutSeconds: secondsOf(values.get("--timeout")),
    help,
  };
  return { common, values };
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1) return seconds;
  throw new CommandError(`--timeout is "${text}", but must be a whole number of seconds, at least 1.`);
}
