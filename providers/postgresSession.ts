import { Client, DatabaseError } from "pg";
import { oneLine } from "./http";

/** A PostgreSQL server, by the address that it listens at. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
}

/** Who logs in. */
export interface PostgresLogin {
  readonly user: string;
  readonly password: string;
}

/** Runs one statement and returns its rows. Throws a PostgresError. */
export type Query = (
  statement: string,
  values?: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Why a server didn't do what it was asked. The message never holds a statement, a value or a password. */
export class PostgresError extends Error {
  /**
   * `unreachable`: nobody answers, or not in time, or the connection broke; `password`: it doesn't fit the role, or
   * the role may not log in; `notAllowed`: pg_hba lets nobody in from here; `refused`: the statement failed.
   */
  constructor(
    readonly kind: "unreachable" | "password" | "notAllowed" | "refused",
    message: string,
  ) {
    super(message);
    this.name = "PostgresError";
  }
}

/** How long a server may take to let somebody in, and then for each statement. */
const answerMilliseconds = 5_000;

/**
 * Logs in to the database `postgres`, and logs out when `work` is done, however it ends.
 *
 * Throws a PostgresError, and what `work` throws.
 */
export async function withPostgres<T>(
  address: PostgresAddress,
  login: PostgresLogin,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...address,
    ...login,
    database: "postgres",
    application_name: "nomad-postgres",
    connectionTimeoutMillis: answerMilliseconds,
    query_timeout: answerMilliseconds,
    statement_timeout: answerMilliseconds,
  });
  // A connection that breaks while nothing is asked shows at the next question.
  client.on("error", () => undefined);
  const explained = async <R>(ask: () => Promise<R>): Promise<R> => {
    try {
      return await ask();
    } catch (error) {
      throw postgresError(address, error);
    }
  };
  await explained(() => client.connect());
  try {
    return await work(async (statement, values) => {
      const found = await explained(() =>
        client.query<Record<string, unknown>>(statement, values === undefined ? undefined : [...values]),
      );
      return found.rows;
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Codes: https://www.postgresql.org/docs/17/errcodes-appendix.html */
function postgresError({ host, port }: PostgresAddress, error: unknown): PostgresError {
  const server = `PostgreSQL at ${host}:${port}`;
  const reason = oneLine(error instanceof Error ? error.message : String(error));
  if (!(error instanceof DatabaseError))
    return new PostgresError("unreachable", `${server} can't be reached (${reason})`);
  switch (error.code) {
    case "28P01":
      return new PostgresError("password", `${server} refuses the password (${reason})`);
    case "28000":
      return new PostgresError("notAllowed", `${server} lets nobody in from here (${reason})`);
    case "57P01":
    case "57P02":
    case "57P03":
      return new PostgresError("unreachable", `${server} is starting or stopping (${reason})`);
    case undefined:
    default:
      return new PostgresError("refused", `${server}: ${reason}`);
  }
}
