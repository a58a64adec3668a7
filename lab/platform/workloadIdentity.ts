import { z } from "zod";
import type { LabSettings } from "../settings";
import { nomadAddress } from "./endpoints";
import { askOpenBao } from "./openbao";
import { holds, orUserError, waitUntil, type Look } from "./waiting";

/** Path of OpenBao's KV v2 engine. */
const kvMount = "secret";
/** Path of OpenBao's database engine. */
const databaseMount = "database";
/** Path of OpenBao's JWT auth method that trusts the workload identities of this lab's Nomad. */
export const jwtMount = "jwt-nomad";
/** Audience of those identities. */
export const identityAudience = "vault.io";

const mountsSchema = z.object({ data: z.record(z.string(), z.unknown()) });

/**
 * Mounts the KV engine and the database engine, and makes OpenBao trust the workload identities that this lab's Nomad signs. Nomad's
 * server must be up: OpenBao fetches its keys. Safe to repeat.
 * https://developer.hashicorp.com/nomad/docs/secure/vault/acl
 * @throws {UserError} when OpenBao refuses.
 */
export async function trustNomad(settings: LabSettings): Promise<void> {
  const kv = await mounts(settings, "sys/mounts");
  if (!(`${kvMount}/` in kv)) {
    await write(settings, `sys/mounts/${kvMount}`, { type: "kv", options: { version: "2" } });
  }
  if (!(`${databaseMount}/` in kv))
    await write(settings, `sys/mounts/${databaseMount}`, { type: "database" });
  const auth = await mounts(settings, "sys/auth");
  if (!(`${jwtMount}/` in auth)) await write(settings, `sys/auth/${jwtMount}`, { type: "jwt" });
  await write(settings, `auth/${jwtMount}/config`, {
    jwks_url: `${nomadAddress(settings)}/.well-known/jwks.json`,
    jwt_supported_algs: ["RS256", "EdDSA"],
  });
  // A KV v2 engine refuses work for a moment after it was mounted.
  const kvReady = async (): Promise<Look> => {
    await askOpenBao(settings, `${kvMount}/config`);
    return holds;
  };
  await sayWhy(waitUntil(kvReady, { withinSeconds: 15 }));
}

async function mounts(settings: LabSettings, path: string): Promise<Readonly<Record<string, unknown>>> {
  return mountsSchema.parse(await sayWhy(askOpenBao(settings, path))).data;
}

async function write(settings: LabSettings, path: string, body: unknown): Promise<void> {
  await sayWhy(askOpenBao(settings, path, { method: "POST", body }));
}

async function sayWhy<T>(request: Promise<T>): Promise<T> {
  return orUserError("OpenBao could not be set up to trust Nomad", request);
}
