import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PluginFailure } from "../framework/failure";
import { ask } from "../framework/http";
import type { HttpRequest, Service, Tls } from "../framework/http";
import type { Operation, PluginConfig } from "../framework/plugin";

/** What one request is about. */
export interface VaultRequest {
  /** Below `/v1/`, for example `sys/policies/acl/acme`; parts are encoded here. */
  readonly path: string;
  /** What it is for, as the end of "can't …". */
  readonly purpose: string;
  readonly operation: Operation;
}

/** Vault's or OpenBao's HTTP API with the settings' address and token. Methods throw `PluginFailure`. */
export interface VaultClient {
  /** The `data` of what is there, or undefined where there is nothing. */
  read(request: VaultRequest): Promise<Readonly<Record<string, unknown>> | undefined>;
  write(request: VaultRequest, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** Nothing there is as good as deleted. */
  delete(request: VaultRequest): Promise<void>;
}

/** The client for given settings. Nothing is contacted and no file is read before the first request. */
export function vaultClient(config: PluginConfig, env: NodeJS.ProcessEnv = process.env): VaultClient {
  let service: Service | undefined;
  const send = (
    method: HttpRequest["method"],
    request: VaultRequest,
    body: unknown,
    accepted: readonly number[],
  ): ReturnType<typeof ask> => {
    const path = `/v1/${request.path.split("/").map(encodeURIComponent).join("/")}`;
    const { purpose } = request;
    service ??= serviceOf(config, env);
    return ask(service, { method, path, purpose, body, signal: request.operation.signal }, accepted);
  };
  return {
    read: async (request) => {
      const answer = await send("GET", request, undefined, [404]);
      if (answer.status === 404) return undefined;
      return (JSON.parse(answer.text) as { readonly data: Readonly<Record<string, unknown>> }).data;
    },
    write: async (request, body) => {
      await send("PUT", request, body, []);
    },
    delete: async (request) => {
      await send("DELETE", request, undefined, [404]);
    },
  };
}

function serviceOf(config: PluginConfig, env: NodeJS.ProcessEnv): Service {
  const address = config["address"] ?? (env["VAULT_ADDR"] || "https://127.0.0.1:8200");
  const extra = JSON.parse(config["headers"] ?? "[]") as readonly { name: string; value: string }[];
  return {
    title: "Vault",
    address,
    addressSetting: "VAULT_ADDR or the setting vault:address",
    tokenSetting: "VAULT_TOKEN or the setting vault:token",
    headers: {
      ...Object.fromEntries(extra.map(({ name, value }) => [name, value])),
      "x-vault-token": config["token"] ?? (env["VAULT_TOKEN"] || tokenOfLogin(address)),
      // Without it a proxy in front of a Vault agent refuses requests.
      "x-vault-request": "true",
    },
    tls: tlsOf(config, env),
  };
}

/** The token that `vault login` left behind. */
function tokenOfLogin(address: string): string {
  const file = join(homedir(), ".vault-token");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new PluginFailure(
      `there is no token for Vault at ${address}: set VAULT_TOKEN or the setting vault:token, or log in with "vault login" ` +
        `(which would leave one in ${file})`,
    );
  }
}

function tlsOf(config: PluginConfig, env: NodeJS.ProcessEnv): Tls {
  const caFile = config["caCertFile"] ?? (env["VAULT_CACERT"] || undefined);
  const skip = (config["skipTlsVerify"] ?? env["VAULT_SKIP_VERIFY"] ?? "").toLowerCase();
  const servername = config["tlsServerName"] ?? (env["VAULT_TLS_SERVER_NAME"] || undefined);
  return {
    ...(caFile === undefined ? {} : { ca: certificates(caFile) }),
    ...(["1", "t", "true"].includes(skip) ? { rejectUnauthorized: false } : {}),
    ...(servername === undefined ? {} : { servername }),
  };
}

function certificates(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new PluginFailure(
      `the setting vault:caCertFile (or VAULT_CACERT) names "${path}", which can't be read: ${(error as Error).message}`,
    );
  }
}
