import { readSuperuserLogin } from "../config/alterSystem/superuserLogin";
import { ProviderFailure } from "../failure";
import { PostgresError, withPostgres, type PostgresAddress, type Query } from "../postgresSession";
import type { AccessInputs } from "./model";

/** How long the leader may take to let this program in, and for each statement. */
const answerSeconds = 30;

/**
 * Runs `work` as the superuser on the leader, in a database of the cluster. Throws a ProviderFailure where it can't log in, and what
 * `work` throws, in which a PostgresError of a statement passes.
 */
export async function asSuperuser<T>(
  inputs: AccessInputs,
  leader: PostgresAddress,
  database: string,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const login = await readSuperuserLogin(inputs);
  try {
    return await withPostgres(leader, { ...login, database }, answerSeconds, work);
  } catch (error) {
    if (!(error instanceof PostgresError) || error.kind === "refused") throw error;
    throw new ProviderFailure(error.message, [
      error.kind === "notAllowed"
        ? "add the network of the machine that runs pulumi up to the cluster's networks.clients"
        : "npm run status says how the members are; pulumi up goes on from here",
    ]);
  }
}
