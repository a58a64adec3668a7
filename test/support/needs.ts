/**
 * Declares tests that need something of the environment. Where it is missing they are one skipped test whose title
 * says what is.
 *
 * @param variables Environment variables, all of which must be set.
 */
export function describeWith(
  title: string,
  variables: readonly string[],
  tests: (this: Mocha.Suite) => void,
): void {
  const missing = variables.filter((name) => (process.env[name] ?? "") === "");
  if (missing.length === 0) {
    describe(title, tests);
  } else {
    describe(title, () => {
      it(`needs ${missing.join(" and ")} in the environment`);
    });
  }
}
