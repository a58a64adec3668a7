/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Where it was written, or would have to be: `tenants.acme.patroni.ttlSeconds`. */
  readonly path: string;
  /** What was found, what is allowed and, where it helps, what to do. Never shows what may be a secret. */
  readonly message: string;
}

/** A value that is not allowed where it stands. `next` is a sentence. */
export function wrongValue(path: string, found: string, allowed: string, next?: string): Problem {
  return { path, message: `found ${found}; allowed: ${allowed}.${next === undefined ? "" : ` ${next}`}` };
}

/** A key that doesn't exist, with what was probably meant, or else with all that exist beside it. */
export function unknownKey(
  path: string,
  key: string,
  meant: string | undefined,
  known: readonly string[],
): Problem {
  const guidance =
    meant === undefined
      ? `allowed: ${known.map((name) => `\`${name}\``).join(", ")}.`
      : `did you mean \`${meant}\`?`;
  return { path, message: `unknown key \`${key}\`; ${guidance}` };
}

/** Everything that is wrong with a stack's configuration, in one message. The operator's error, not the program's. */
export class ConfigError extends Error {
  /** Sorted by path, without repetitions. */
  readonly problems: readonly Problem[];

  /** @param problems at least one, in any order */
  constructor(problems: readonly Problem[]) {
    const sorted = sortProblems(problems);
    super(renderProblems(sorted));
    this.name = "ConfigError";
    this.problems = sorted;
  }
}

function renderProblems(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "is 1 problem" : `are ${problems.length} problems`;
  const lines = problems.map(({ path, message }) => `  - ${path}: ${message}`);
  return [`There ${count} in the stack's configuration. Nothing was changed.`, ...lines].join("\n");
}

/** A wrong default is found once for each cluster that it reaches, and is still one problem. */
function sortProblems(problems: readonly Problem[]): Problem[] {
  const distinct = new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem]));
  return [...distinct.entries()].sort(([a], [b]) => compareText(a, b)).map(([, problem]) => problem);
}

/** Orders by code unit, the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
