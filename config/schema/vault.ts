import { section, text, wholeNumber } from "./setting";

/** Letters that mean nothing to Vault's URLs and policies, Nomad's templates or YAML. */
const segments = /^\/?[\w.@-]+(\/[\w.@-]+)*\/?$/;

const pathAllowed = "segments of letters, digits, `.`, `_`, `@` and `-`, with `/` between them";

/** A path in Vault. Slashes at its ends are allowed and dropped: Vault itself takes both. */
export function vaultPath(description: string) {
  return text(description, pathAllowed, (path) => segments.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path));
}

/** The form that a path has in the resolved config. */
export function withoutOuterSlashes(path: string): string {
  return path.replace(/^\/|\/$/g, "");
}

const field = (role: string, part: string) =>
  text(
    `Field that holds the ${role}'s ${part}.`,
    "a field's name: letters, digits, `.`, `_` and `-`, at most 128",
    (name) => /^[\w.-]{1,128}$/.test(name),
  );

/** How long generated passwords last, or the KV v2 secret that is used in place of them. */
export const credentials = section({
  generation: wholeNumber(
    "Number of the generated passwords: with another one than before, `pulumi up` makes new ones. Has no effect on an existing secret.",
    { min: 1, max: 1000000 },
  ),
  maxAgeDays: wholeNumber(
    "Age of the generated passwords at which `pulumi up` makes new ones by itself; never where it isn't set. Has no effect on an existing secret.",
    {
      min: 1,
      max: 3650,
      of: "days",
    },
  ),
  existing: section({
    mount: vaultPath("Mount of the KV v2 engine that holds the secret."),
    path: vaultPath("Path of the secret inside the mount, without `data/`."),
    fields: section({
      superuserUsername: field("superuser", "name"),
      superuserPassword: field("superuser", "password"),
      replicationUsername: field("replication role", "name"),
      replicationPassword: field("replication role", "password"),
      rewindUsername: field("rewind role", "name"),
      rewindPassword: field("rewind role", "password"),
    }),
  }),
});
