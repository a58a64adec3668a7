import assert from "node:assert/strict";

/** The engine's output, once it is known to hold no stack trace. */
export function clean(output: string): string {
  assert.doesNotMatch(output, /^\s+at .*(\.[jt]s|node:internal).*:\d+/m, "a stack trace");
  return output;
}

/** The problems that a message about the configuration lists, each as `path: message`. */
export function problemLines(output: string): readonly string[] {
  return output.split("\n").flatMap((line) => /^\s*- (\S+: .*)$/.exec(line)?.[1] ?? []);
}

/** The command that a message tells, from its first words to the end of its line, which is to hold `about`. */
export function toldCommand(output: string, firstWords: string, about = ""): string {
  const commands = output.split("\n").flatMap((line) => {
    const start = line.indexOf(firstWords);
    return start < 0 || !line.includes(about, start) ? [] : [line.slice(start).trim()];
  });
  const last = commands.at(-1);
  assert.ok(last !== undefined, `no "${firstWords}" with "${about}" in:\n${output}`);
  return last;
}
