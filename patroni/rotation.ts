import { createHash } from "node:crypto";
import type { CredentialFields, CredentialSource } from "../config/model";
import { credentialParts, type Credentials } from "./credentials";

/** The parts of a secret that a rotation changes. */
export const passwordParts = ["superuserPassword", "replicationPassword", "rewindPassword"] as const;

/** The three passwords. */
export type Passwords = Pick<Credentials, (typeof passwordParts)[number]>;

/**
 * What a secret says of rotations, besides the six fields, which are what members log in with.
 *
 * A rotation writes two versions. The first holds the passwords to come beside those in force; then PostgreSQL takes
 * them, all three in one transaction; the second has them in the six fields' places. So the secret holds a password
 * that works at every moment, and what a rotation that was interrupted has done can be told from the secret and from
 * what PostgreSQL lets in.
 */
export interface RotationMarks {
  /** Passwords that are to come, or were put in force a moment ago. */
  readonly staged: Passwords | undefined;
  /** How many rotations this secret has seen to their end. */
  readonly rotations: number;
}

/** Field with the number of rotations. */
const countField = "rotations";

/** Fields with the passwords to come, after the fields that they are for. */
const stagedField = (name: string) => `next_${name}`;

/** Reads the marks. Passwords to come count only where all three are there. */
export function rotationMarks(
  data: Readonly<Record<string, unknown>>,
  fields: CredentialFields,
): RotationMarks {
  const staged = passwordParts.map((part) => [part, data[stagedField(fields[part])]] as const);
  const complete = staged.every(([, value]) => typeof value === "string" && value !== "");
  const count = data[countField];
  return {
    staged: complete ? (Object.fromEntries(staged) as Passwords) : undefined,
    rotations: typeof count === "number" && Number.isInteger(count) ? count : 0,
  };
}

/** The secret with passwords to come; everything else stays. */
export function stagedData(
  data: Readonly<Record<string, unknown>>,
  fields: CredentialFields,
  passwords: Passwords,
): Readonly<Record<string, unknown>> {
  const staged = passwordParts.map((part) => [stagedField(fields[part]), passwords[part]] as const);
  return { ...data, ...fromEntries(staged) };
}

/** The secret with passwords that PostgreSQL has taken in force, and one rotation more. */
export function finishedData(
  data: Readonly<Record<string, unknown>>,
  fields: CredentialFields,
  passwords: Passwords,
): Readonly<Record<string, unknown>> {
  const staged = new Set(passwordParts.map((part) => stagedField(fields[part])));
  const rest = Object.entries(data).filter(([name]) => !staged.has(name));
  const inForce = passwordParts.map((part) => [fields[part], passwords[part]] as const);
  const { rotations } = rotationMarks(data, fields);
  return { ...fromEntries(rest), ...fromEntries(inForce), [countField]: rotations + 1 };
}

function fromEntries(entries: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries<unknown>(entries);
}

/** Which of the secret's versions members render, so that all of them take a new one at once. */
export interface VersionVariable {
  /** Path of the variable in Nomad; the job's own, so that its tasks may read it without another right. */
  readonly path: string;
  /** The item with the version. Another secret, or other names of its fields, have an item of their own. */
  readonly item: string;
}

/**
 * The Nomad variable by which members are told of another version. A template follows a variable by a blocking query,
 * and reads a KV secret again every 5 minutes only. Absent until the first rotation, which means the latest version.
 *
 * Source: https://developer.hashicorp.com/nomad/docs/concepts/variables#task-access-to-variables
 */
export function versionVariable(jobId: string, { mount, path, fields }: Secret): VersionVariable {
  const names = [mount, path, ...credentialParts.map((part) => fields[part])].join("\n");
  const hash = createHash("sha256").update(names).digest("hex").slice(0, 8);
  return { path: `nomad/jobs/${jobId}`, item: `credentials_${hash}` };
}

/** Which secret, and what its fields are called. */
type Secret = Pick<CredentialSource, "mount" | "path" | "fields">;

/**
 * Whether passwords are older than they may be. `rotatedAt`: ISO 8601; `maxAgeDays`: 0 for any age; `now`: milliseconds
 * since 1970.
 */
export function isOverdue(rotatedAt: string, maxAgeDays: number, now: number): boolean {
  const since = Date.parse(rotatedAt);
  return maxAgeDays > 0 && !Number.isNaN(since) && now - since > maxAgeDays * 86_400_000;
}
