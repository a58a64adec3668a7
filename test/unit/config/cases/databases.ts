import { acme, platform, type Case } from "./case";

const named = "a name of at most 63 small letters, digits, `_` and `-`, from a letter, and none of theirs";
const member = "another of the cluster's `roles`, or one of PostgreSQL's own for members";
const drops =
  "`drop database <name> of acme` or `drop role <name> of acme`, exactly, of what `databases` and `roles` don't have any more";

/** Databases and roles of a cluster. */
export const databaseCases: readonly Case[] = [
  acme(
    "databases and roles whose names are somebody else's, or none",
    {
      databases: { postgres: { owner: "app" }, Shop: { owner: "app" }, pg_shop: { owner: "app" } },
      roles: { app: {}, replicator: {}, public: {}, pg_app: {}, "1st": {} },
    },
    `.databases.Shop: found the name "Shop"; allowed: ${named}.`,
    `.databases.pg_shop: found the name \`pg_shop\`, which is PostgreSQL's or Patroni's own; allowed: ${named}.`,
    `.databases.postgres: found the name \`postgres\`, which is PostgreSQL's or Patroni's own; allowed: ${named}.`,
    `.roles.pg_app: found the name \`pg_app\`, which is PostgreSQL's or Patroni's own; allowed: ${named}.`,
    `.roles.public: found the name \`public\`, which is PostgreSQL's or Patroni's own; allowed: ${named}.`,
    `.roles.replicator: found the name \`replicator\`, which is PostgreSQL's or Patroni's own; allowed: ${named}.`,
    `.roles["1st"]: found the name "1st"; allowed: ${named}.`,
  ),
  acme(
    "owners that aren't there, and roles that nobody declared",
    {
      databases: { shop: { owner: "shop_ownr" }, crm: {}, wiki: { owner: "pg_monitor" } },
      roles: { shop_owner: {}, reporting: { memberOf: ["shopowner", "pg_read_all_dat", "nobody_here"] } },
    },
    ".databases.crm.owner: found nothing; allowed: the name of one of the cluster's `roles`.",
    ".databases.shop.owner: found the role \"shop_ownr\", which isn't declared; allowed: the name of one of the cluster's `roles`. Did you mean `shop_owner`?",
    ".databases.wiki.owner: found the role \"pg_monitor\", which isn't declared; allowed: the name of one of the cluster's `roles`.",
    `.roles.reporting.memberOf: found the role "nobody_here", which isn't declared; allowed: ${member}.`,
    `.roles.reporting.memberOf: found the role "pg_read_all_dat", which isn't declared; allowed: ${member}. Did you mean \`pg_read_all_data\`?`,
    `.roles.reporting.memberOf: found the role "shopowner", which isn't declared; allowed: ${member}. Did you mean \`shop_owner\`?`,
  ),
  acme(
    "roles that reach the server's files, where the passwords are",
    { roles: { app: { memberOf: ["pg_read_server_files"] } } },
    `.roles.app.memberOf: found the role "pg_read_server_files", which isn't declared; allowed: ${member}.`,
  ),
  acme(
    "roles that are members of each other",
    {
      roles: {
        a: { memberOf: ["b"] },
        b: { memberOf: ["c"] },
        c: { memberOf: ["a"] },
        d: { memberOf: ["d"] },
      },
    },
    `.roles.a.memberOf: found \`b\`, which is itself a member of \`a\`; allowed: ${member}.`,
    `.roles.b.memberOf: found \`c\`, which is itself a member of \`b\`; allowed: ${member}.`,
    `.roles.c.memberOf: found \`a\`, which is itself a member of \`c\`; allowed: ${member}.`,
    `.roles.d.memberOf: found the role itself; allowed: ${member}.`,
  ),
  acme(
    "keys, extensions and kinds that are wrong",
    {
      databases: {
        shop: { owner: "app", extension: ["hstore"] },
        crm: { owner: "app", extensions: "hstore" },
      },
      roles: { app: { logon: true }, other: { login: "yes" }, twice: 5 },
    },
    '.databases.crm.extensions: found "hstore"; allowed: a list of extensions\' names.',
    ".databases.shop.extension: unknown key `extension`; did you mean `extensions`?",
    ".roles.app.logon: unknown key `logon`; did you mean `login`?",
    '.roles.other.login: found "yes"; allowed: `true` or `false`.',
    ".roles.twice: found 5; allowed: a map of `login`, `memberOf`.",
  ),
  acme(
    "an extension twice, and one that can't be a name",
    {
      databases: {
        crm: { owner: "app", extensions: ["hstore", "pg_trgm", "hstore"] },
        shop: { owner: "app", extensions: ['x"; DROP DATABASE crm; --'] },
      },
      roles: { app: {} },
    },
    ".databases.crm.extensions: found `hstore` twice; allowed: each extension once.",
    '.databases.shop.extensions[0]: found "x\\"; DROP DATABASE crm; --"; allowed: an extension\'s name: small letters, digits, `_` and `-`, from a letter, at most 63.',
  ),
  acme(
    "drops that aren't in the words, or of what is still declared",
    {
      databases: { shop: { owner: "app" } },
      roles: { app: {} },
      allow: [
        "drop database shop of acme",
        "drop role app of beta",
        "Drop database old of acme",
        "drop role postgres of acme",
      ],
    },
    `.allow[0]: found the database \`shop\`, which is still declared; allowed: ${drops}.`,
    `.allow[1]: found "drop role app of beta"; allowed: ${drops}.`,
    `.allow[2]: found "Drop database old of acme"; allowed: ${drops}.`,
    `.allow[3]: found the name \`postgres\`, which is PostgreSQL's or Patroni's own; allowed: ${drops}.`,
  ),
  platform(
    "databases, roles and drops for every cluster",
    { defaults: { databases: {}, roles: { app: {} }, allow: [] } },
    "defaults.allow: found `allow` for every cluster; allowed: the same in a cluster's own entry.",
    "defaults.databases: found `databases` for every cluster; allowed: the same in a cluster's own entry.",
    "defaults.roles: found `roles` for every cluster; allowed: the same in a cluster's own entry.",
  ),
];
