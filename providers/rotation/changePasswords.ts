import { randomBytes } from "node:crypto";
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Credentials } from "../../patroni/credentials";
import type { Passwords } from "../../patroni/rotation";
import { saltBytes, scramVerifier } from "../../patroni/scramVerifier";
import { awaitReplay } from "../awaitReplay";
import type { Deadline } from "../config/until";
import { ProviderFailure } from "../failure";
import { PostgresError, withPostgres, type PostgresLogin, type Query } from "../postgresSession";
import type { Leader } from "../findLeader";
import { requireLeader } from "./requireLeader";
import type { RotationInputs } from "./model";
import type { Candidate } from "./secret";

/** How long the leader may take to let this program in, and for each statement. */
const answerSeconds = 5;

/**
 * Gives the three roles new passwords on the leader, in one transaction, and waits until every replica that streams has
 * replayed it, so that whoever leads next knows them. Where the leader knows them already, it only waits.
 *
 * `candidates` are what the superuser may log in with otherwise, the likeliest first.
 *
 * Throws a ProviderFailure or an HttpError.
 */
export async function changePasswords(
  inputs: RotationInputs,
  credentials: Credentials,
  wanted: Passwords,
  candidates: readonly Candidate[],
  deadline: Deadline,
): Promise<Leader> {
  const user = credentials.superuserUsername;
  const all = [{ password: wanted.superuserPassword, from: "the passwords to come" }, ...candidates];
  for (;;) {
    const leader = await requireLeader(inputs);
    const login = await findLogin(leader, user, all);
    if (login.password !== wanted.superuserPassword)
      await asking(leader, login, (query) => alterRoles(query, credentials, wanted));
    await asking(leader, { user, password: wanted.superuserPassword }, (query) =>
      requireReplay(query, deadline),
    );
    // Was it still the leader when it said so? If not, the one that is now may not know the passwords.
    const now = await requireLeader(inputs);
    if (now.name === leader.name) return leader;
    if (deadline.passed)
      throw new ProviderFailure("the leader changed again and again while it took new passwords", [
        "pulumi up goes on with the rotation when the cluster is quiet; npm run status says how it is",
      ]);
  }
}

/**
 * The first of these passwords that the leader takes. Throws a ProviderFailure where it takes none, or isn't to be
 * reached from here.
 */
export async function findLogin(
  leader: Leader,
  user: string,
  candidates: readonly Candidate[],
): Promise<PostgresLogin> {
  for (const { password } of candidates) {
    const login = { user, password };
    try {
      await withPostgres(leader, login, answerSeconds, (query) => query("SELECT 1"));
      return login;
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error;
      if (error.kind !== "password") throw cannotAsk(error);
    }
  }
  const tried = [...new Set(candidates.map(({ from }) => from))].join(", ");
  throw new ProviderFailure(
    `${leader.name} takes none of the superuser's passwords that Vault knows (${tried})`,
    [
      "somebody changed it in PostgreSQL: set it to what Vault holds, on the leader, over its local socket or as another superuser:",
      `  ALTER ROLE ${escapeIdentifier(user)} PASSWORD '…'`,
    ],
  );
}

async function asking<T>(
  leader: Leader,
  login: PostgresLogin,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  try {
    return await withPostgres(leader, login, answerSeconds, work);
  } catch (error) {
    throw error instanceof PostgresError ? cannotAsk(error) : error;
  }
}

function cannotAsk(error: PostgresError): ProviderFailure {
  const goesOn = "pulumi up goes on with the rotation; Vault holds a password that works";
  if (error.kind !== "notAllowed") return new ProviderFailure(error.message, [goesOn]);
  return new ProviderFailure(error.message, [
    "add the network of the machine that runs pulumi up to the cluster's networks.clients",
    goesOn,
  ]);
}

/** One transaction, so that either all three have new passwords or none has. */
async function alterRoles(query: Query, credentials: Credentials, wanted: Passwords): Promise<void> {
  const roles = [
    [credentials.superuserUsername, wanted.superuserPassword],
    [credentials.replicationUsername, wanted.replicationPassword],
    [credentials.rewindUsername, wanted.rewindPassword],
  ] as const;
  await query("BEGIN");
  // The replicas are waited for below; a commit that waits for a synchronous one that is away would never return.
  await query("SET LOCAL synchronous_commit = local");
  for (const [role, password] of roles) {
    const verifier = escapeLiteral(scramVerifier(password, randomBytes(saltBytes)));
    await query(`ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${verifier}`);
  }
  await query("COMMIT");
}

/** Throws a ProviderFailure where a replica that streams hasn't replayed all that is written by now in time. */
async function requireReplay(query: Query, deadline: Deadline): Promise<void> {
  const behind = await awaitReplay(query, deadline);
  if (behind.length === 0) return;
  throw new ProviderFailure("the leader has new passwords, and not every replica has replayed them in time", [
    ...behind,
    "pulumi up goes on with the rotation; until then Vault holds both the old and the new passwords",
  ]);
}
