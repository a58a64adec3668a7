import { z } from "zod";
import type { LabSettings } from "../settings";
import { UserError } from "../userError";
import { openBaoAddress } from "./endpoints";
import { ask, askJson, type HttpRequest } from "./http";
import { readKeyFile, writeKeyFile } from "./keyFile";
import type { Part, PartLaunch, Program } from "./part";
import { statePaths } from "./statePaths";
import { holds, notYet, type Look } from "./waiting";

const openBaoName = "openbao";
const keysSchema = z.object({ unsealKey: z.string(), rootToken: z.string() });

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
export function openBaoLaunch(settings: LabSettings, program: Program): PartLaunch {
  const { ports, serverAddress } = settings;
  return {
    program,
    args: ["server", "-config"],
    env: {},
    configuration: {
      storage: {
        raft: { path: statePaths(settings).data(openBaoName), node_id: "lab", performance_multiplier: "1" },
      },
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

/** Asks OpenBao as root, and throws when it says no. `path` is what follows `/v1/`. */
export async function askOpenBao(
  settings: LabSettings,
  path: string,
  request: HttpRequest = {},
): Promise<unknown> {
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
    writeKeyFile(statePaths(settings).openBaoKeys, {
      unsealKey: made.keys.join(),
      rootToken: made.root_token,
    });
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
  const keys = readKeyFile(path, keysSchema);
  if (keys !== undefined) return keys;
  throw new UserError(
    `The lab's OpenBao keys can't be read from ${path}. Bring the lab up (npm run lab -- up); if it was up ` +
      `before, its data can't be unsealed without them: start afresh with npm run lab -- down --purge.`,
  );
}
