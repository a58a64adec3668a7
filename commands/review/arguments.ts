import { severities, type Severity } from "../../patroni/impact/effect";
import { CommandError } from "../commandError";
import { readCommandLine } from "../commandLine";
import type { StackChoice } from "../stackSettings";

/** What a call of the command asks for. */
export interface ReviewArguments extends StackChoice {
  /** Files to write; `-` is standard output. */
  readonly markdown: string | undefined;
  readonly json: string | undefined;
  /** From which severity on the command ends with 3. */
  readonly failOn: Severity | "never";
  readonly help: boolean;
}

/** An effect as bad as this stops writes, for a moment at least. */
const failOnDefault: Severity = "restart";

/** Shown for `--help`. */
export const usage = `Usage: npm run review -- [--stack NAME] [--config-file FILE] [--markdown FILE] [--json FILE]
                         [--fail-on SEVERITY]

Previews the stack and says what the change does to whose database, for a pull request. Changes nothing.

  --stack NAME         the stack; without it the one that \`pulumi stack select\` selected
  --config-file FILE   its configuration, where that isn't Pulumi.NAME.yaml
  --markdown FILE      where the Markdown goes; without --markdown and --json: standard output, which is also "-"
  --json FILE          where the JSON goes
  --fail-on SEVERITY   end with 3 for an effect as bad as this, or worse; ${failOnDefault} unless said. From bad to good:
                       ${severities.map(spelled).join(", ")}; never

Ends with 0 when no effect is that bad (so, unless said, nothing stops writes or loses data), 1 when the preview
failed, 2 when there is none to be had, 3 when an effect is that bad.
A preview needs the stack's state (PULUMI_ACCESS_TOKEN, or what your backend wants) and NOMAD_TOKEN.`;

/**
 * Reads the command line.
 *
 * @throws {CommandError} for what it doesn't know
 */
export function parseArguments(args: readonly string[]): ReviewArguments {
  const values = readCommandLine(args, {
    switches: ["--help"],
    options: ["--stack", "--config-file", "--markdown", "--json", "--fail-on"],
    usage,
  });
  const json = values.get("--json");
  const markdown = values.get("--markdown") ?? (json === undefined ? "-" : undefined);
  if (json === "-" && markdown === "-")
    throw new CommandError(`Markdown and JSON can't both go to standard output.\n\n${usage}`);
  return {
    stack: values.get("--stack"),
    configFile: values.get("--config-file"),
    markdown,
    json,
    failOn: severityOf(values.get("--fail-on") ?? failOnDefault),
    help: values.has("--help"),
  };
}

function severityOf(text: string): Severity | "never" {
  if (text === "never") return text;
  const found = severities.find((severity) => severity === text || spelled(severity) === text);
  if (found !== undefined) return found;
  throw new CommandError(`There is no severity "${text}": ${severities.map(spelled).join(", ")}, never.`);
}

/** As one word, for a shell. */
function spelled(severity: Severity): string {
  return severity.replace(" ", "-");
}
