import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** Rounds that PostgreSQL 17 takes by itself (`scram_iterations`). */
const iterations = 4096;

/** Bytes of PostgreSQL's own salts. */
export const saltBytes = 16;

/**
 * What PostgreSQL stores of a password. `ALTER ROLE … PASSWORD` takes it in the password's place, so that the password
 * itself is in no statement, and with it in no log and no view of running statements.
 *
 * The password must be ASCII: others would have to be normalised first (SASLprep, RFC 4013).
 *
 * Source: RFC 5803; `scram_build_secret` in PostgreSQL's src/common/scram-common.c.
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const key = (name: string) => createHmac("sha256", salted).update(name).digest();
  const storedKey = createHash("sha256").update(key("Client Key")).digest("base64");
  const serverKey = key("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString("base64")}$${storedKey}:${serverKey}`;
}
