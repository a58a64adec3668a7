/** Tells whether a path inside the build context, with slashes, stays out of the build. */
export type Excludes = (path: string) => boolean;

interface Pattern {
  readonly expression: RegExp;
  /** A line with `!`: what it matches is taken in again. */
  readonly exception: boolean;
}

/**
 * Reads a .dockerignore as Docker does (moby's patternmatcher): `*` and `?` stop at slashes, `**` doesn't, a pattern
 * that matches a folder matches all in it, `!` makes an exception, and the last line that matches decides.
 */
export function parseDockerIgnore(text: string): Excludes {
  const patterns = text.split(/\r?\n/).flatMap(patternOf);
  return (path) => {
    const prefixes = path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
    let excluded = false;
    for (const { expression, exception } of patterns) {
      if (prefixes.some((prefix) => expression.test(prefix))) excluded = !exception;
    }
    return excluded;
  };
}

function patternOf(line: string): Pattern[] {
  const trimmed = line.trim();
  if (trimmed === "" || line.startsWith("#")) return [];
  const exception = trimmed.startsWith("!");
  const cleaned = (exception ? trimmed.slice(1).trim() : trimmed)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (cleaned.length === 0) return [];
  return [{ expression: new RegExp(`^${expressionOf(cleaned.join("/"))}$`), exception }];
}

function expressionOf(pattern: string): string {
  return pattern.replace(/\*\*\/?|\*|\?|\[[^\]]*\]|\\.|[^*?[\\]/g, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("[")) return token;
    const literal = token.startsWith("\\") ? token.slice(1) : token;
    return literal.replace(/[.+^${}()|[\]\\*?]/g, "\\$&");
  });
}
