import type { CredentialFields } from "../config/model";

/** Names of the three roles that Patroni logs in as. */
export interface CredentialUsernames {
  readonly superuser: string;
  readonly replication: string;
  readonly rewind: string;
}

/** What the roles are called unless somebody says otherwise. */
export const defaultUsernames: CredentialUsernames = {
  superuser: "postgres",
  replication: "replicator",
  rewind: "rewind_user",
};

/** A secret as far as a member needs it: its six fields, by the part that each plays. */
export type Credentials = { readonly [part in keyof CredentialFields]: string };

/** What a secret's data holds of the six fields. */
export type CredentialsFound =
  | { readonly kind: "complete"; readonly credentials: Credentials }
  | { readonly kind: "incomplete"; readonly missing: readonly string[] };

/** The six parts of a secret. */
export const credentialParts = [
  "superuserUsername",
  "superuserPassword",
  "replicationUsername",
  "replicationPassword",
  "rewindUsername",
  "rewindPassword",
] as const satisfies readonly (keyof CredentialFields)[];

/**
 * Looks for the six fields. One that is empty or isn't text counts as missing: a member's template stops at it
 * (`openSecret` in patroniYml.ts).
 */
export function findCredentials(
  data: Readonly<Record<string, unknown>>,
  fields: CredentialFields,
): CredentialsFound {
  const found = new Map<keyof CredentialFields, string>();
  for (const part of credentialParts) {
    const value = data[fields[part]];
    if (typeof value === "string" && value !== "") found.set(part, value);
  }
  const missing = credentialParts.filter((part) => !found.has(part)).map((part) => fields[part]);
  if (missing.length > 0) return { kind: "incomplete", missing };
  return { kind: "complete", credentials: Object.fromEntries(found) as Credentials };
}

/** The credentials under the names that the secret's fields have. */
export function secretData(
  credentials: Credentials,
  fields: CredentialFields,
): Readonly<Record<string, string>> {
  return Object.fromEntries(credentialParts.map((part) => [fields[part], credentials[part]]));
}

/** Credentials with three passwords of their own. */
export function newCredentials(usernames: CredentialUsernames, password: () => string): Credentials {
  return {
    superuserUsername: usernames.superuser,
    superuserPassword: password(),
    replicationUsername: usernames.replication,
    replicationPassword: password(),
    rewindUsername: usernames.rewind,
    rewindPassword: password(),
  };
}

/** Names that two or more of the six fields share; each needs one of its own. */
export function sharedFieldNames(fields: CredentialFields): readonly string[] {
  const names = credentialParts.map((part) => fields[part]);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const alphabet = `${letters}0123456789`;

/** Characters of a password: at 62 kinds of them, 238 bits. */
export const passwordLength = 40;

/**
 * A password of letters and digits, a letter first: it means nothing special in a URL, in YAML, in a shell or in
 * a connection string. `randomBytes` gives as many unpredictable bytes as it is asked for.
 */
export function generatePassword(randomBytes: (count: number) => Uint8Array): string {
  let password = "";
  while (password.length < passwordLength) {
    for (const byte of randomBytes(passwordLength * 2)) {
      // The alphabet fits four times into a byte; what is left over would favour its first characters.
      if (byte >= alphabet.length * 4) continue;
      const character = alphabet[byte % alphabet.length] ?? "";
      if (password.length < passwordLength && (password !== "" || letters.includes(character)))
        password += character;
    }
  }
  return password;
}
