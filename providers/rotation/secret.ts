import { findCredentials, type Credentials } from "../../patroni/credentials";
import type { Fields } from "../../patroni/observed/json";
import { readSecret, writeSecret, type SecretPlace } from "../credentials/kv2";
import {
  contestedFailure,
  deletedFailure,
  goneFailure,
  incompleteFailure,
} from "../credentials/vaultFailures";
import type { RotationInputs } from "./model";

/** Where a cluster's secret is, and what its fields are called. */
export type SecretSource = Pick<
  RotationInputs,
  "vaultAddress" | "mount" | "path" | "timeoutSeconds" | "fields"
>;

/** A complete secret as it was read. */
export interface Secret {
  readonly version: number;
  readonly writtenAt: string;
  readonly data: Fields;
  readonly credentials: Credentials;
}

/** A password that the superuser may have just now, and where it stands. */
export interface Candidate {
  readonly password: string;
  readonly from: string;
}

/** The latest version. Throws a ProviderFailure where it isn't there or lacks a field. */
export async function readComplete(inputs: SecretSource): Promise<Secret> {
  const place = placeOf(inputs);
  const stored = await readSecret(place);
  if (stored.kind === "absent") throw goneFailure(place);
  if (stored.kind === "deleted") throw deletedFailure(place, stored, true);
  const found = findCredentials(stored.data, inputs.fields);
  if (found.kind === "incomplete") throw incompleteFailure(place, found.missing, true);
  return { ...stored, credentials: found.credentials };
}

/** Writes the next version, and reads back what then stands there. */
export async function writeNext(inputs: RotationInputs, secret: Secret, data: Fields): Promise<Secret> {
  const written = await writeSecret(placeOf(inputs), secret.version, data);
  if (written === undefined) throw contestedFailure(placeOf(inputs));
  return readComplete(inputs);
}

/** The secret's place; its life is `PatroniCredentials`' affair. */
export function placeOf(inputs: SecretSource): SecretPlace {
  const { vaultAddress, mount, path, timeoutSeconds } = inputs;
  return { vaultAddress, mount, path, timeoutSeconds, whenRemoved: "keep" };
}

/**
 * What the superuser's password may be: the one in force, or, where a leader that had taken a new one was lost before
 * anybody else knew it, an earlier version's.
 */
export async function candidates(inputs: RotationInputs, secret: Secret): Promise<readonly Candidate[]> {
  const found: Candidate[] = [
    { password: secret.credentials.superuserPassword, from: `version ${secret.version}` },
  ];
  for (const version of [secret.version - 1, secret.version - 2].filter((number) => number > 0)) {
    const older = await readSecret(placeOf(inputs), version);
    const password = older.kind === "present" ? older.data[inputs.fields.superuserPassword] : undefined;
    if (typeof password === "string") found.push({ password, from: `version ${version}` });
  }
  return found.filter(({ password }, index) => found.findIndex((one) => one.password === password) === index);
}
