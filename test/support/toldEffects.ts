/** What an impact line lets an observer expect, as far as it can be counted. */
export interface ToldEffects {
  /** Members that stay, and whose PostgreSQL is started again in the same allocation. */
  readonly restarts: number;
  /** Whether every member that stays gets another allocation. */
  readonly replaced: boolean;
  /** How many members more or fewer. */
  readonly members: number;
  /** Changes of the leader: at least, at most. */
  readonly leaderChanges: readonly [number, number];
}

/** Changes of the leader, by how a line says it; the first that fits. */
const leaderWords: readonly (readonly [RegExp, (found: RegExpExecArray) => readonly [number, number]])[] = [
  [/(\d+) to (\d+) changes of leader/, ([, least, most]) => [Number(least), Number(most)]],
  [/1 change of leader, or 2 if/, () => [1, 2]],
  [/no switchover|the leader (?:first, )?in place/, () => [0, 0]],
  [/(?:1|one|a) (?:planned )?switchover/, () => [1, 1]],
  [/the leader changes if/, () => [0, 1]],
  [/no restart|nothing restarts|reload/, () => [0, 0]],
];

/**
 * Reads the lines that an `up` printed of a tenant. @throws where a line says nothing that is known here, so that a
 * line whose words change isn't taken for one that promises nothing
 */
export function toldEffects(output: string, tenant: string): ToldEffects {
  const lines = linesOf(output, tenant);
  const [line] = lines;
  if (line === undefined || lines.length !== 1)
    throw new Error(`${lines.length} lines about ${tenant}: ${lines.join("; ")}\n${output}`);
  const [words, range] = leaderWords.find(([pattern]) => pattern.test(line)) ?? [];
  const found = words?.exec(line);
  if (range === undefined || found === undefined || found === null)
    throw new Error(`nothing is known of what this says about the leader: ${line}`);
  const [, from, to] = /members (\d+) → (\d+)/.exec(line) ?? [];
  return {
    restarts: Number(/(\d+) restarts?\b/.exec(line)?.[1] ?? 0),
    replaced: line.includes("each member is replaced"),
    members: from === undefined ? 0 : Number(to) - Number(from),
    leaderChanges: range(found),
  };
}

/** The lines without what the engine puts in front; each is printed twice, as it happens and at the end. */
export function linesOf(output: string, tenant: string): readonly string[] {
  const own = output.split("\n").flatMap((line) => {
    const found = new RegExp(`(?:^|\\s)(${tenant}: .+ → .+: .+)$`).exec(line.trimEnd());
    return found?.[1] === undefined ? [] : [found[1]];
  });
  return [...new Set(own)];
}
