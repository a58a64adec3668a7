import { fields, number, text } from "../../patroni/observed/json";
import { ProviderFailure } from "../failure";
import { HttpError, oneLine, parseJson, send, vaultApi, type HttpReply, type HttpRequest } from "../http";

/** Vault's database engine. */
export interface DatabaseEngine {
  readonly vaultAddress: string;
  readonly mount: string;
  readonly timeoutSeconds: number;
}

/** What Vault said no to, in its own words, which hold no password: it takes them out itself. */
export class VaultRefusal extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = "VaultRefusal";
  }
}

/** Reads what stands at a path below the mount; undefined where nothing does. Throws a ProviderFailure. */
export async function readEntry(
  engine: DatabaseEngine,
  path: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const reply = await ask(engine, "GET", `${engine.mount}/${path}`);
  if (reply.status === 404) return undefined;
  return fields(fields(body(engine, reply))["data"]);
}

/** Writes at a path below the mount. Throws a VaultRefusal where Vault doesn't take it, or a ProviderFailure. */
export async function writeEntry(engine: DatabaseEngine, path: string, document: object): Promise<void> {
  body(engine, await ask(engine, "POST", `${engine.mount}/${path}`, document));
}

/** Deletes what stands at a path below the mount. Throws as `writeEntry` does. */
export async function deleteEntry(engine: DatabaseEngine, path: string): Promise<void> {
  body(engine, await ask(engine, "DELETE", `${engine.mount}/${path}`));
}

/**
 * Ends every login that a role has given out, and waits for it. `force`: forgets them where PostgreSQL can't be asked.
 * Throws as `writeEntry` does.
 */
export async function revokeLogins(engine: DatabaseEngine, role: string, force: boolean): Promise<void> {
  const prefix = `${engine.mount}/creds/${role}`;
  const path = `sys/leases/${force ? "revoke-force" : "revoke-prefix"}/${prefix}`;
  body(engine, await ask(engine, "PUT", path, force ? {} : { sync: true }));
}

/** The longest that Vault lets a login of this mount live, in seconds. Throws a ProviderFailure. */
export async function longestLifeSeconds(engine: DatabaseEngine): Promise<number> {
  const reply = await ask(engine, "GET", `sys/mounts/${engine.mount}/tune`);
  if (reply.status === 400 || reply.status === 404) throw noEngine(engine);
  const { max_lease_ttl: longest, type } = fieldsOf(body(engine, reply));
  if (text(type) !== undefined && text(type) !== "database") throw noEngine(engine, text(type));
  return number(longest) ?? Infinity;
}

/** Vault answers some requests with `data`, and `tune` with both: its fields stand at the top as well. */
function fieldsOf(answer: unknown): Readonly<Record<string, unknown>> {
  return { ...fields(answer), ...fields(fields(answer)["data"]) };
}

async function ask(
  engine: DatabaseEngine,
  method: HttpRequest["method"],
  path: string,
  document?: object,
): Promise<HttpReply> {
  const api = vaultApi(engine.vaultAddress);
  try {
    return await send(api, {
      method,
      path: `/v1/${path.split("/").map(encodeURIComponent).join("/")}`,
      timeoutSeconds: engine.timeoutSeconds,
      ...(document !== undefined && { body: document }),
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.kind !== "denied")
      throw new ProviderFailure(error.message, [
        "`vault status` with VAULT_ADDR set to the same address says whether Vault is up and unsealed",
      ]);
    throw new ProviderFailure(error.message, [
      `the token's policy must hold what docs/rights/operator-vault.hcl has for ${engine.mount}/, which must be a database engine`,
    ]);
  }
}

/** The answer's JSON. Throws a VaultRefusal where Vault says no, a ProviderFailure where it can't serve. */
function body(engine: DatabaseEngine, reply: HttpReply): unknown {
  if (reply.status === 503)
    throw new ProviderFailure(
      `Vault at ${engine.vaultAddress} is sealed, or can't serve requests now (503)`,
      [
        `see what it says: VAULT_ADDR=${engine.vaultAddress} vault status`,
        "unseal it and run pulumi up again, which goes on where this run stopped",
      ],
    );
  const api = vaultApi(engine.vaultAddress);
  if (reply.status < 300) return parseJson(api, { method: "GET", path: "" }, reply);
  throw new VaultRefusal(reasonOf(reply));
}

function reasonOf({ status, text: said }: HttpReply): string {
  try {
    const { errors } = fields(JSON.parse(said) as unknown);
    if (Array.isArray(errors) && errors.length > 0) return oneLine(errors.map(String).join("; "));
  } catch {
    // Not JSON: not shown, for it isn't Vault's.
  }
  return `it answered ${status}`;
}

function noEngine({ vaultAddress, mount }: DatabaseEngine, type?: string): ProviderFailure {
  const found =
    type === undefined ? `has no secrets engine at ${mount}/` : `has an engine of type ${type} at ${mount}/`;
  return new ProviderFailure(`Vault at ${vaultAddress} ${found}; logins need a database engine`, [
    `enable one (vault secrets enable -path=${mount} database), or name another mount: platform.vault.databaseMount`,
  ]);
}
