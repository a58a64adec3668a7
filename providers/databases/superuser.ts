import type { Step } from "../../patroni/databases/step";
import { ProviderFailure } from "../failure";
import type { Leader } from "../findLeader";
import { PostgresError, withPostgres, type PostgresLogin, type Query } from "../postgresSession";

/** How long the leader may take to let this program in, and for each statement: a large database takes its time to go. */
const answerSeconds = 60;

/** The superuser on a cluster's leader. */
export interface Superuser {
  readonly leader: Leader;
  readonly login: PostgresLogin;
}

/** Asks in a database, the superuser's own unless said. Throws a PostgresError, and what `work` throws. */
export async function asSuperuser<T>(
  { leader, login }: Superuser,
  work: (query: Query) => Promise<T>,
  database?: string,
): Promise<T> {
  const into = database === undefined ? login : { ...login, database };
  return withPostgres(leader, into, answerSeconds, work);
}

/**
 * Carries one step out. Throws a ProviderFailure that says which statement failed and PostgreSQL's own words, or, where
 * another leader may do it, a PostgresError.
 */
export async function carryOut(step: Step, query: Query, { leader }: Superuser, where = ""): Promise<void> {
  try {
    await query(step.statement);
  } catch (error) {
    if (!(error instanceof PostgresError) || mayPass(error)) throw error;
    const { detail, hint } = error.said;
    throw new ProviderFailure(`${step.statement}${where} failed on ${leader.name}: ${error.reason}`, [
      ...[detail, hint].flatMap((words) => (words === undefined ? [] : words.split("\n"))),
      ...(/shared_preload_libraries/.test(error.reason + (hint ?? ""))
        ? ["the cluster's `parameters.shared_preload_libraries` names what is loaded at the start"]
        : []),
      "what was done before it stays; pulumi up goes on from there",
    ]);
  }
}

/** Whether the next leader may do what this one didn't: it is away, or leads no more (25006 is read_only_sql_transaction). */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  return error.kind === "unreachable" || error.said.code === "25006";
}
