import * as z from "zod";
import { durationFormat, parseDuration } from "../duration";
import { accessKinds } from "../model";
import { oneOf, section, setting, text } from "./setting";

const longestSeconds = 10 * 365 * 86400;

/** Vault renews and revokes by the second; what lives shorter is over before anybody has used it. */
function duration(description: string, leastSeconds: number) {
  const allowed = `${durationFormat}, at least ${leastSeconds}s`;
  return setting(
    z
      .string({ error: allowed })
      .transform((written) => parseDuration(written) ?? 0)
      .refine((seconds) => seconds >= leastSeconds && seconds <= longestSeconds, { error: allowed }),
    { description, allowed },
  );
}

const databaseAllowed =
  "a database's name: letters, digits, `_` and `-`, at most 40, from a letter or `_` to a letter, digit or `_`";

/** Group roles are named after it, and PostgreSQL cuts names off after 63 bytes. */
const database = text("Database of the cluster.", databaseAllowed, (name) =>
  /^[A-Za-z_]([\w-]{0,38}\w)?$/.test(name),
);

const statement = text("A statement of SQL.", "a statement of SQL", (sql) => sql.trim() !== "");
const statementsAllowed = "a list of statements of SQL";

function statements(description: string) {
  return setting(z.array(statement, { error: statementsAllowed }), {
    description,
    allowed: statementsAllowed,
  });
}

/** What only some kinds of roles have, and the words that say which role is meant. */
const keysOf = {
  kind: ["database", "ttl", "maxTtl", "revoke"],
  create: ["database", "ttl", "maxTtl", "revoke"],
  static: ["database", "rotateEvery"],
} as const;

const roleAllowed =
  "a map of `database` and one of `kind`, `create` or `static`, with `ttl`, `maxTtl`, `revoke` or `rotateEvery`";

const role = z
  .strictObject(
    {
      kind: oneOf("What it may do.", accessKinds),
      create: statements(
        "The tenant's own SQL that makes a login, with `{{name}}`, `{{password}}` and, if wanted, `{{expiration}}`.",
      ),
      static: text("A role of PostgreSQL.", "the name of a role of PostgreSQL", (name) =>
        /^[^\0"\\]{1,63}$/.test(name),
      ),
      database,
      ttl: duration("How long a login lives.", 5),
      maxTtl: duration("How long it may live with every renewal.", 5),
      revoke: statements("SQL that removes it again, in place of the program's own."),
      rotateEvery: duration("How often Vault changes the password.", 5),
    },
    { error: roleAllowed },
  )
  .exactPartial()
  .check(({ value, issues }) => {
    const wrong = (message: string, path: string[] = []) =>
      issues.push({ code: "custom", message, path, input: value });
    const sorts = (["kind", "create", "static"] as const).filter((key) => value[key] !== undefined);
    const [sort] = sorts;
    if (sort === undefined || sorts.length > 1) {
      wrong("exactly one of `kind`, `create` and `static`");
      return;
    }
    const known: readonly string[] = [sort, ...keysOf[sort]];
    for (const key of Object.keys(value))
      if (!known.includes(key))
        wrong(
          `none in a role with \`${sort}\`, which takes ${keysOf[sort].map((one) => `\`${one}\``).join(", ")}`,
          [key],
        );
    // Vault fills these in; without them it would hand out a login that nobody made.
    for (const placeholder of sort === "create" ? ["{{name}}", "{{password}}"] : [])
      if (!value.create?.some((sql) => sql.includes(placeholder)))
        wrong(`statements in which \`${placeholder}\` stands`, ["create"]);
    if (value.ttl !== undefined && value.maxTtl !== undefined && value.ttl > value.maxTtl)
      wrong("at most `maxTtl`", ["ttl"]);
  });

const rolesAllowed = `a map of roles by name (small letters, digits, \`_\` and \`-\`, at most 32), each of them ${roleAllowed}`;

/** Vault's rule for names (`GenericNameRegex` in its sdk/framework), and narrower. */
const roleName = z.string().regex(/^[a-z]([a-z0-9_-]{0,30}[a-z0-9])?$/, { error: rolesAllowed });

/** Logins that Vault's database engine makes: docs/database-access.md. */
export const access = section({
  roles: setting(z.record(roleName, role, { error: rolesAllowed }), {
    description: "Logins that apps and people get from Vault's database engine (docs/database-access.md).",
    allowed: rolesAllowed,
  }),
});
