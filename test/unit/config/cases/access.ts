import { stackWith } from "../sources";
import { acme, type Case } from "./case";

const sorts = "exactly one of `kind`, `create` and `static`";
const duration = "a whole number with `s`, `m`, `h` or `d`, such as `15m`, at least 5s";
const database =
  "a database's name: letters, digits, `_` and `-`, at most 40, from a letter or `_` to a letter, digit or `_`";

/** A tenant with one role beside its port. */
function role(title: string, settings: unknown, ...lines: readonly string[]): Case {
  const all = lines.map((line) => `.access.roles.app${line}`);
  return acme(title, { postgresPort: 6432, access: { roles: { app: settings } } }, ...all);
}

/** Logins from Vault's database engine, and the port that they need. */
export const accessCases: readonly Case[] = [
  role("a role of no sort", { ttl: "1h" }, ` : found {"ttl":"1h"}; allowed: ${sorts}.`.replace(" : ", ": ")),
  role(
    "a role of two sorts",
    { kind: "owner", static: "old" },
    `: found {"kind":"owner","static":"old"}; allowed: ${sorts}.`,
  ),
  role(
    "a kind that isn't there, and times that are none",
    { kind: "admin", ttl: 60, maxTtl: "1s" },
    '.kind: found "admin"; allowed: `readonly`, `readwrite`, `owner`.',
    `.maxTtl: found "1s"; allowed: ${duration}.`,
    `.ttl: found 60; allowed: ${duration}.`,
  ),
  role(
    "a time to live beyond the longest",
    { kind: "owner", ttl: "2h", maxTtl: "1h" },
    '.ttl: found "2h"; allowed: at most `maxTtl`.',
  ),
  role(
    "a setting of another sort of role",
    { static: "old", ttl: "1h" },
    '.ttl: found "1h"; allowed: none in a role with `static`, which takes `database`, `rotateEvery`.',
  ),
  role(
    "a key that is misspelt",
    { kind: "owner", databse: "shop" },
    ".databse: unknown key `databse`; did you mean `database`?",
  ),
  role(
    "statements in which Vault has nowhere to put a login",
    { create: ["CREATE ROLE me"] },
    '.create: found ["CREATE ROLE me"]; allowed: statements in which `{{name}}` stands.',
    '.create: found ["CREATE ROLE me"]; allowed: statements in which `{{password}}` stands.',
  ),
  role(
    "a database whose name would be cut off",
    { kind: "owner", database: "a b" },
    `.database: found "a b"; allowed: ${database}.`,
  ),
  acme(
    "roles without a port of the cluster's own",
    { access: { roles: { app: { kind: "readonly" } } } },
    ".access.roles: found roles without a `postgresPort`; allowed: roles of a cluster that has a `postgresPort` of its own. Vault finds the leader at this port of every node; with ports that Nomad picks it would lose it.",
  ),
  acme(
    "a port that only root may use",
    { postgresPort: 80 },
    ".postgresPort: found 80; allowed: a whole number from 1024 to 65535.",
  ),
  {
    title: "one port for two clusters",
    raw: stackWith({ acme: { postgresPort: 6432 }, beta: { postgresPort: 6432 } }),
    lines: [
      "tenants.beta.postgresPort: found 6432, which is also the port of `tenants.acme`; allowed: a port of its own for each cluster.",
    ],
  },
];
