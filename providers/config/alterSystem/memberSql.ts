import { Client } from "pg";

/** Where a member's PostgreSQL listens. */
export interface MemberAddress {
  readonly host: string;
  readonly port: number;
}

/** Who logs in. The password is held nowhere else than here, and is in no message. */
export interface SuperuserLogin {
  readonly user: string;
  readonly password: string;
}

/** A member that can't be asked, why, and what would help. */
export class SqlFailure extends Error {
  override readonly name = "SqlFailure";
}

/** How long a connection, and each statement, may take: a member that hangs must hold nobody up. */
const answerSeconds = 2;

/**
 * Connects to a member as the superuser, and disconnects when the work is done.
 *
 * @throws {SqlFailure} when it can't be reached, doesn't let this machine in, or refuses a statement
 */
export async function withMember<T>(
  { host, port }: MemberAddress,
  login: SuperuserLogin,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const milliseconds = answerSeconds * 1000;
  const client = new Client({
    host,
    port,
    ...login,
    database: "postgres",
    application_name: "nomad-postgres",
    connectionTimeoutMillis: milliseconds,
    query_timeout: milliseconds,
    statement_timeout: milliseconds,
  });
  // A connection that breaks while nothing is asked: the next statement says so.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw new SqlFailure(reasonOf(error));
  } finally {
    // Without waiting: a server that is gone wouldn't answer.
    client.end().catch(() => undefined);
  }
}

/** PostgreSQL's codes: https://www.postgresql.org/docs/17/errcodes-appendix.html */
function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const said = typeof message === "string" ? message.split("\n")[0] : "";
  if (code === "ECONNREFUSED") return "nothing listens at its address";
  if (code === "28000" && said?.includes("pg_hba.conf") === true)
    return "it lets this machine's address not log in (networks.clients)";
  if (code === "28P01") return "the password in Vault isn't the one that it takes";
  if (/timeout/i.test(said ?? "")) return `no answer within ${answerSeconds} s`;
  if (said !== undefined && said !== "") return said;
  return typeof code === "string" ? code : "it can't be reached";
}
