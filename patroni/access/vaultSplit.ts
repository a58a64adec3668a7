/**
 * A statement as Vault's PostgreSQL plugin runs it: as it is where the word END stands in it with spaces around, outside
 * of quotes, and otherwise cut at every semicolon.
 *
 * Source: `containsMultilineStatement` and `newUser` in plugins/database/postgresql/postgresql.go of Vault and OpenBao
 */
export function asVaultRuns(statement: string): readonly string[] {
  const unquoted = statement.replace(/"[^"]*"|'[^']*'/g, "");
  if (unquoted.includes(" END ")) return [statement];
  return statement
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** What Vault puts into a statement in place of its placeholders. */
export interface Placeholders {
  readonly name: string;
  readonly password: string;
  readonly expiration: string;
}

/** The statement with Vault's placeholders filled in; `{{username}}` is another word for `{{name}}`. */
export function filledIn(statement: string, { name, password, expiration }: Placeholders): string {
  const values: Readonly<Record<string, string>> = { name, username: name, password, expiration };
  return statement.replace(/\{\{(\w+)\}\}/g, (found, key: string) => values[key] ?? found);
}
