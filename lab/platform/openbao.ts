import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { LabSettings } from "../settings";
import { UserError } from "../userError";
import { nomadAddress, openBaoAddress } from "./endpoints";
import { ask, askJson, type HttpRequest } from "./http";
import type { Part, PartLaunch } from "./part";
import { statePaths } from "./statePaths";
import { holds, notYet, waitUntil, type Look } from "./waiting";

/** Path of the KV v2 engine. */
export const kvMount = "secret";
/** Path of the JWT auth method that trusts the workload identities of this lab's Nomad. */
export const jwtMount = "jwt-nomad";
/** Audience of those identities. */
export const identityAudience = "vault.io";

const openBaoName = "openbao";
const keysSchema = z.object({ unsealKey: z.string(), rootToken: z.string() });
const mountsSchema = z.object({ data: z.record(z.string(), z.unknown()) });

/** OpenBao, initialised on its first start and unsealed on every one. */
export function openBaoPart(settings: LabSettings): Part {
  const { ports, serverAddress } = settings;
  return {
    name: openBaoName,
    title: "OpenBao",
    ports: [
      { address: serverAddress, port: ports.openBao, purpose: "HTTP", protocols: ["tcp"] },
      { address: serverAddress, port: ports.openBaoCluster, purpose: "cluster", protocols: ["tcp"] },
    ],
    readyWithinSeconds: 45,
    stopWithinSeconds: 10,
    look: () => lookAtHealth(settings),
    settle: () => initialiseAndUnseal(settings),
  };
}

/** Configuration of the server. https://openbao.org/docs/configuration/ */
export function openBaoLaunch(settings: LabSettings, executable: string): PartLaunch {
  const data = statePaths(settings).data(openBaoName);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { ports, serverAddress } = settings;
  return {
    executable,
    args: ["server", "-config"],
    env: {},
    configuration: {
      storage: { raft: { path: data, node_id: "lab", performance_multiplier: "1" } },
      listener: {
        tcp: {
          address: `${serverAddress}:${ports.openBao}`,
          cluster_address: `${serverAddress}:${ports.openBaoCluster}`,
          tls_disable: true,
        },
      },
      api_addr: openBaoAddress(settings),
      cluster_addr: `https://${serverAddress}:${ports.openBaoCluster}`,
    },
  };
}

/**
 * OpenBao's root token.
 * @throws {UserError} when this lab's OpenBao was never initialised.
 */
export function openBaoRootToken(settings: LabSettings): string {
  return readKeys(settings).rootToken;
}

/**
 * Mounts the KV engine and makes OpenBao trust the workload identities that this lab's Nomad signs. Nomad's
 * server must be up: OpenBao fetches its keys. Safe to repeat.
 */
export async function trustNomad(settings: LabSettings): Promise<void> {
  const kv = await mounts(settings, "sys/mounts");
  if (!(`${kvMount}/` in kv)) {
    await api(settings, `sys/mounts/${kvMount}`, {
      method: "POST",
      body: { type: "kv", options: { version: "2" } },
    });
  }
  const auth = await mounts(settings, "sys/auth");
  if (!(`${jwtMount}/` in auth)) {
    await api(settings, `sys/auth/${jwtMount}`, { method: "POST", body: { type: "jwt" } });
  }
  await api(settings, `auth/${jwtMount}/config`, {
    method: "POST",
    body: {
      jwks_url: `${nomadAddress(settings)}/.well-known/jwks.json`,
      jwt_supported_algs: ["RS256", "EdDSA"],
    },
  });
  // A KV v2 engine refuses work for a moment after it was mounted.
  const kvReady = async (): Promise<Look> => {
    await api(settings, `${kvMount}/config`, {});
    return holds;
  };
  await waitUntil(kvReady, { withinSeconds: 15 });
}

async function mounts(settings: LabSettings, path: string): Promise<Readonly<Record<string, unknown>>> {
  return mountsSchema.parse(await api(settings, path, {})).data;
}

async function api(settings: LabSettings, path: string, request: HttpRequest): Promise<unknown> {
  return askJson(`${openBaoAddress(settings)}/v1/${path}`, {
    ...request,
    headers: { "x-vault-token": openBaoRootToken(settings) },
  });
}

/** Status codes of `sys/health`. https://openbao.org/api-docs/system/health/ */
async function lookAtHealth(settings: LabSettings): Promise<Look> {
  const { status } = await ask(`${openBaoAddress(settings)}/v1/sys/health`);
  switch (status) {
    case 200:
      return holds;
    case 429:
      return notYet("unsealed, but not active yet");
    case 501:
      return notYet("not initialised");
    case 503:
      return notYet("sealed");
    default:
      return notYet(`its health endpoint says ${status}`);
  }
}

async function initialiseAndUnseal(settings: LabSettings): Promise<void> {
  const address = openBaoAddress(settings);
  const { status } = await ask(`${address}/v1/sys/health`);
  if (status === 501) {
    const answer = await askJson(`${address}/v1/sys/init`, {
      method: "PUT",
      body: { secret_shares: 1, secret_threshold: 1 },
      timeoutSeconds: 20,
    });
    const made = z.object({ keys: z.array(z.string()).length(1), root_token: z.string() }).parse(answer);
    writeKeys(settings, { unsealKey: made.keys.join(), rootToken: made.root_token });
  }
  if (status === 501 || status === 503) {
    const { unsealKey } = readKeys(settings);
    await askJson(`${address}/v1/sys/unseal`, {
      method: "PUT",
      body: { key: unsealKey },
      timeoutSeconds: 20,
    });
  }
}

function readKeys(settings: LabSettings): z.infer<typeof keysSchema> {
  const path = statePaths(settings).openBaoKeys;
  try {
    return keysSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new UserError(
      `The lab's OpenBao keys can't be read from ${path}. Bring the lab up (npm run lab -- up); if it was up ` +
        `before, its data can't be unsealed without them: start afresh with npm run lab -- down --purge.`,
    );
  }
}

function writeKeys(settings: LabSettings, keys: z.infer<typeof keysSchema>): void {
  const path = statePaths(settings).openBaoKeys;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
