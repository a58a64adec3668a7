import { Client, DatabaseError } from "pg";

/** A PostgreSQL server, by the address that it listens at. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
}

/** Who logs in, and to which database: `postgres` unless said. */
export interface PostgresLogin {
  readonly user: string;
  readonly password: string;
  readonly database?: string;
}

/** Runs one statement and returns its rows. Throws a PostgresError. */
export type Query = <Row extends Record<string, unknown>>(
  statement: string,
  values?: readonly unknown[],
) => Promise<readonly Row[]>;

/** What an error of PostgreSQL's has besides its message. Names objects, and for statements on data also values. */
export interface PostgresWords {
  /** https://www.postgresql.org/docs/17/errcodes-appendix.html */
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

/** Why a server didn't do what it was asked. No statement, value or password is ever in it. */
export class PostgresError extends Error {
  /**
   * `unreachable`: nobody answers, or not in time, or the connection broke; `password`: it isn't the one that the role
   * has; `notAllowed`: pg_hba lets nobody in from here; `refused`: the statement failed. `reason` is a clause without the
   * server's address, which the message has.
   */
  constructor(
    readonly kind: "unreachable" | "password" | "notAllowed" | "refused",
    { host, port }: PostgresAddress,
    readonly reason: string,
    /** What PostgreSQL said besides; empty where it said nothing. */
    readonly said: PostgresWords = {},
  ) {
    super(`PostgreSQL at ${host}:${port}: ${reason}`);
    this.name = "PostgresError";
  }
}

/**
 * Logs in, and logs out when `work` is done, however it ends. `answerSeconds` is how long the
 * server may take to let somebody in, and then for each statement: one that hangs must hold nobody up.
 *
 * Throws a PostgresError, and what `work` throws.
 */
export async function withPostgres<T>(
  address: PostgresAddress,
  login: PostgresLogin,
  answerSeconds: number,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const milliseconds = answerSeconds * 1000;
  const client = new Client({
    database: "postgres",
    ...address,
    ...login,
    application_name: "nomad-postgres",
    connectionTimeoutMillis: milliseconds,
    query_timeout: milliseconds,
    statement_timeout: milliseconds,
  });
  // A connection that breaks while nothing is asked shows at the next question.
  client.on("error", () => undefined);
  const explained = async <R>(ask: () => Promise<R>): Promise<R> => {
    try {
      return await ask();
    } catch (error) {
      throw postgresError(address, answerSeconds, error);
    }
  };
  try {
    await explained(() => client.connect());
    return await work(
      async <Row extends Record<string, unknown>>(statement: string, values?: readonly unknown[]) => {
        const found = await explained(() =>
          client.query<Row>(statement, values === undefined ? undefined : [...values]),
        );
        return found.rows;
      },
    );
  } finally {
    // Without waiting: a server that is gone wouldn't answer.
    client.end().catch(() => undefined);
  }
}

/** Codes: https://www.postgresql.org/docs/17/errcodes-appendix.html */
function postgresError(address: PostgresAddress, answerSeconds: number, error: unknown): PostgresError {
  const { code, message } = error as { readonly code?: string; readonly message?: unknown };
  const said = typeof message === "string" ? (message.split("\n")[0] ?? "") : "";
  if (error instanceof DatabaseError) {
    if (code === "28P01")
      return new PostgresError("password", address, "the password in Vault isn't the one that it takes");
    if (code === "28000" && said.includes("pg_hba.conf"))
      return new PostgresError(
        "notAllowed",
        address,
        "it lets this machine's address not log in (networks.clients)",
      );
    // It is starting, stopping or was told to end the session.
    const isAway = code?.startsWith("57P0") === true;
    const { detail, hint } = error;
    return new PostgresError(isAway ? "unreachable" : "refused", address, said, { code, detail, hint });
  }
  if (code === "ECONNREFUSED")
    return new PostgresError("unreachable", address, "nothing listens at its address");
  if (/timeout/i.test(said))
    return new PostgresError("unreachable", address, `no answer within ${answerSeconds} s`);
  const other = code ?? "it can't be reached";
  return new PostgresError("unreachable", address, said === "" ? other : said);
}
