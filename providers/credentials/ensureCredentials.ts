import { randomBytes } from "node:crypto";
import {
  findCredentials,
  generatePassword,
  newCredentials,
  secretData,
  type Credentials,
} from "../../patroni/credentials";
import { readSecret, writeSecret, type StoredSecret } from "./kv2";
import type { CredentialsInputs, CredentialsResult, CredentialsState } from "./model";
import {
  contestedFailure,
  deletedFailure,
  goneFailure,
  incompleteFailure,
  notMovableFailure,
  secretName,
} from "./vaultFailures";

/** Prints a line that an operator sees. It must never hold a value of the secret. */
export type Say = (line: string) => void;

/** How often a run that another one forestalled looks again. */
const tries = 3;

/**
 * Makes sure that the secret holds all six fields: keeps one that does, writes one where there is none, and
 * leaves everything else alone. `last` is the state of the last run, if there was one: a secret that was there
 * then is never replaced by new passwords, and one that is to move takes its values along.
 *
 * Throws a ProviderFailure.
 */
export async function ensureCredentials(
  inputs: CredentialsInputs,
  last: CredentialsState | undefined,
  say: Say,
): Promise<CredentialsResult> {
  for (let count = 0; count < tries; count++) {
    const version = await ensureOnce(inputs, last, say);
    if (version !== undefined) return { version, ready: true };
    say(`credentials: another run wrote ${secretName(inputs)} first; looking again`);
  }
  throw contestedFailure(inputs);
}

/** The version that holds all six fields; `undefined` when another run wrote one between look and write. */
async function ensureOnce(
  inputs: CredentialsInputs,
  last: CredentialsState | undefined,
  say: Say,
): Promise<number | undefined> {
  const stored = await readSecret(inputs);
  switch (stored.kind) {
    case "present":
      return await keep(inputs, stored, last, say);
    case "deleted":
      throw deletedFailure(inputs, stored, wasSeen(last));
    case "absent":
      return await write(inputs, await credentialsFor(inputs, last, say), say);
  }
}

/** Says whether the secret is there, for a refresh, without judging it. Throws a ProviderFailure. */
export async function lookAtCredentials(state: CredentialsState): Promise<CredentialsResult> {
  const stored = await readSecret(state);
  if (stored.kind !== "present") return { version: state.version, ready: false };
  const ready = findCredentials(stored.data, state.fields).kind === "complete";
  return { version: stored.version, ready };
}

async function keep(
  inputs: CredentialsInputs,
  stored: Extract<StoredSecret, { kind: "present" }>,
  last: CredentialsState | undefined,
  say: Say,
): Promise<number | undefined> {
  const found = findCredentials(stored.data, inputs.fields);
  if (found.kind === "complete") {
    say(`credentials: ${secretName(inputs)} is complete (version ${stored.version}) and kept as it is`);
    return stored.version;
  }
  const renamed = last !== undefined && isSamePlace(last, inputs);
  const known = renamed ? findCredentials(stored.data, last.fields) : found;
  if (known.kind === "incomplete") throw incompleteFailure(inputs, found.missing, wasSeen(last));
  const data = { ...stored.data, ...secretData(known.credentials, inputs.fields) };
  const version = await writeSecret(inputs, stored.version, data);
  if (version !== undefined)
    say(`credentials: ${secretName(inputs)} now has its six fields under their new names as well`);
  return version;
}

async function write(
  inputs: CredentialsInputs,
  credentials: Credentials,
  say: Say,
): Promise<number | undefined> {
  const version = await writeSecret(inputs, 0, secretData(credentials, inputs.fields));
  if (version !== undefined)
    say(`credentials: six fields written to ${secretName(inputs)} (version ${version})`);
  return version;
}

/** New credentials, unless the data knows some already. */
async function credentialsFor(
  inputs: CredentialsInputs,
  last: CredentialsState | undefined,
  say: Say,
): Promise<Credentials> {
  if (last === undefined || !wasSeen(last)) {
    return newCredentials(inputs.usernames, () => generatePassword(randomBytes));
  }
  if (isSamePlace(last, inputs)) throw goneFailure(inputs);
  const old = await readSecret(last);
  const found = old.kind === "present" ? findCredentials(old.data, last.fields) : undefined;
  if (found?.kind !== "complete") throw notMovableFailure(last, inputs);
  say(`credentials: copying those of ${secretName(last)}, which stays: remove it when nothing reads it`);
  return found.credentials;
}

/** Version 0: no run has ever got as far as a secret, so no data knows any passwords. */
function wasSeen(last: CredentialsState | undefined): boolean {
  return last !== undefined && last.version > 0;
}

function isSamePlace(one: CredentialsInputs, other: CredentialsInputs): boolean {
  return one.vaultAddress === other.vaultAddress && one.mount === other.mount && one.path === other.path;
}
