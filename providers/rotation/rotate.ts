import { randomBytes } from "node:crypto";
import { generatePassword } from "../../patroni/credentials";
import { finishedData, isOverdue, rotationMarks, stagedData, type Passwords } from "../../patroni/rotation";
import { Deadline } from "../config/until";
import { readSecret } from "../credentials/kv2";
import type { Progress } from "../progress";
import { changePasswords, findLogin } from "./changePasswords";
import { requireLeader } from "./requireLeader";
import { handOut } from "./handOut";
import type { RotationInputs, RotationResult, RotationState } from "./model";
import { pinVersion, readPinnedVersion } from "./pinnedVersion";
import { candidates, placeOf, readComplete, writeNext, type Secret } from "./secret";

/**
 * Makes new passwords where the generation or their age asks for them, goes on with a rotation that was interrupted,
 * and otherwise changes nothing. `last` is the state of the last run, if there was one: without it the passwords are
 * taken as they are.
 *
 * Throws a ProviderFailure or an HttpError.
 */
export async function rotate(
  inputs: RotationInputs,
  last: RotationState | undefined,
  progress: Progress,
): Promise<RotationResult> {
  const deadline = new Deadline(inputs.timeoutSeconds);
  let secret = await readComplete(inputs);
  if (isDue(inputs, secret, last)) secret = await stage(inputs, secret, progress);
  const { staged } = rotationMarks(secret.data, inputs.fields);
  if (staged !== undefined) secret = await putInForce(inputs, secret, staged, { deadline, progress });
  const { rotations } = rotationMarks(secret.data, inputs.fields);
  if (rotations > 0) await handOut(inputs, secret, progress);
  return { rotations, rotatedAt: secret.writtenAt, version: secret.version, ready: true };
}

/** How the secret and the key are, without judging them. Throws a ProviderFailure or an HttpError. */
export async function lookAtRotation(state: RotationState): Promise<RotationResult> {
  const { rotations, rotatedAt, version } = state;
  const stored = await readSecret(placeOf(state));
  if (stored.kind !== "present") return { rotations, rotatedAt, version, ready: false };
  const marks = rotationMarks(stored.data, state.fields);
  const pinned = await readPinnedVersion(state);
  return {
    rotations,
    rotatedAt: marks.rotations === rotations ? rotatedAt : stored.writtenAt,
    version: stored.version,
    ready: state.ready && marks.staged === undefined && (pinned.version ?? stored.version) === stored.version,
  };
}

/**
 * Whether new passwords are asked for. Where the secret has seen more rotations than the state, a run was interrupted
 * after the last write: what it was to do is done.
 */
function isDue(inputs: RotationInputs, secret: Secret, last: RotationState | undefined): boolean {
  if (last === undefined) return false;
  const { staged, rotations } = rotationMarks(secret.data, inputs.fields);
  if (staged !== undefined || rotations !== last.rotations) return false;
  return last.generation !== inputs.generation || isOverdue(last.rotatedAt, inputs.maxAgeDays, Date.now());
}

/** Writes new passwords beside those in force, once it is known that the leader lets this program change them. */
async function stage(inputs: RotationInputs, secret: Secret, progress: Progress): Promise<Secret> {
  const leader = await requireLeader(inputs);
  await findLogin(leader, secret.credentials.superuserUsername, await candidates(inputs, secret));
  // Members keep to the version that is in force until they are told of another one.
  const pinned = await readPinnedVersion(inputs);
  if (pinned.version === undefined) await pinVersion(inputs, pinned, secret.version);
  const password = () => generatePassword(randomBytes);
  const passwords: Passwords = {
    superuserPassword: password(),
    replicationPassword: password(),
    rewindPassword: password(),
  };
  const data = stagedData(secret.data, inputs.fields, passwords);
  progress.line(
    `credentials: new passwords for generation ${inputs.generation}, beside those in force until they work`,
  );
  return writeNext(inputs, secret, data);
}

/** Lets PostgreSQL take the passwords that the secret holds for it, and then puts them where members look. */
async function putInForce(
  inputs: RotationInputs,
  secret: Secret,
  staged: Passwords,
  { deadline, progress }: { readonly deadline: Deadline; readonly progress: Progress },
): Promise<Secret> {
  progress.waitingFor("PostgreSQL to take the new passwords");
  const known = await candidates(inputs, secret);
  const leader = await changePasswords(inputs, secret.credentials, staged, known, deadline);
  progress.line(
    `credentials: ${leader.name} has taken the new passwords, and every replica that streams knows them`,
  );
  return writeNext(inputs, secret, finishedData(secret.data, inputs.fields, staged));
}
