import * as z from "zod";
import { flag, section, setting, text } from "./setting";

const extensionAllowed = "an extension's name: small letters, digits, `_` and `-`, from a letter, at most 63";
const listAllowed = "a list of extensions' names";
const memberOfAllowed = "a list of roles' names";
const allowAllowed =
  "a list of `drop database <name> of <tenant>` and `drop role <name> of <tenant>`, in these words";

/** Names of a map are judged with the others (`databaseProblems`): a schema could only repeat them whole. */
const owner = text(
  "Role that owns the database, one of `roles`. Has to be set.",
  "the name of one of the cluster's `roles`",
  () => true,
);

const extension = z
  .string({ error: extensionAllowed })
  .refine((name) => /^[a-z][a-z0-9_-]{0,62}$/.test(name), { error: extensionAllowed });

const extensions = setting(z.array(extension, { error: listAllowed }), {
  description: "Extensions that are created in the database, in this order.",
  allowed: listAllowed,
});

const memberOf = setting(z.array(z.string({ error: memberOfAllowed }), { error: memberOfAllowed }), {
  description:
    "Roles that this one is a member of: others of `roles`, or PostgreSQL's own, such as `pg_monitor`.",
  allowed: memberOfAllowed,
});

/** Databases by name. See docs/databases.md. */
export const databases = z.record(z.string(), section({ owner, extensions }), {
  error: "a map of databases by name",
});

/** Roles by name. See docs/databases.md. */
export const roles = z.record(
  z.string(),
  section({
    login: flag(
      "Whether somebody may log in as the role. It is made without a password; `false`: a role for groups and owners.",
    ),
    memberOf,
  }),
  { error: "a map of roles by name" },
);

/** What may be dropped, in words. See docs/guard-rails.md. */
export const allow = setting(z.array(z.string({ error: allowAllowed }), { error: allowAllowed }), {
  description: "What `pulumi up` may drop, each once and in so many words (docs/databases.md).",
  allowed: allowAllowed,
});
