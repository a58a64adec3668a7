import type { ConfigSource, Machine } from "./source";

/**
 * A stack's configuration as `pulumi config --json` prints it: by full key the value as text (JSON for maps and
 * lists), which is absent where it is a secret.
 *
 * @param project whose keys are meant
 * @throws {SyntaxError} when it isn't JSON
 */
export function sourceFromPulumiJson(document: string, project: string, machine: Machine): ConfigSource {
  const prefix = `${project}:`;
  const all = JSON.parse(document) as Readonly<Record<string, PrintedValue>>;
  const inProject = Object.entries(all)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, printed]) => [key.slice(prefix.length), printed] as const);
  return {
    values: Object.fromEntries(inProject.map(([key, { value = "" }]) => [key, value])),
    secretKeys: inProject.filter(([, { secret }]) => secret).map(([key]) => key),
    machine,
  };
}

interface PrintedValue {
  readonly value?: string;
  readonly secret: boolean;
}
