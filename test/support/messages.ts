import assert from "node:assert/strict";

/** What the engine says at its end, of output that is known to hold no stack trace; all of it if there is no end. */
export function clean(output: string): string {
  assert.doesNotMatch(output, /^\s+at .*(\.[jt]s|node:internal).*:\d+/m, "a stack trace");
  // The Automation API's error holds the output twice, the second time after `err?:`.
  return /^Diagnostics:\n.*?(?=^\s*err\?:)/ms.exec(output)?.[0] ?? output;
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
