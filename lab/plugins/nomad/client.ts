import { readFileSync } from "node:fs";
import { ask, askJson } from "../framework/http";
import type { HttpAnswer, HttpRequest, Service, Tls } from "../framework/http";
import { PluginFailure } from "../framework/failure";
import type { PluginConfig } from "../framework/plugin";

/** A request to Nomad's API. */
export type NomadRequest = HttpRequest;

/** Nomad's HTTP API with the settings' address, region and token. */
export interface NomadClient {
  /** @throws {PluginFailure} when it isn't reachable, refuses or fails. */
  json(request: NomadRequest): Promise<unknown>;
  /** Undefined where Nomad answers 404. @throws {PluginFailure} like {@link json}. */
  find(request: NomadRequest): Promise<HttpAnswer | undefined>;
}

/** The client for given settings. Nothing is contacted and no file is read before the first request. */
export function nomadClient(config: PluginConfig, env: NodeJS.ProcessEnv = process.env): NomadClient {
  const setting = settingReader(config, env);
  const region = setting("region", "NOMAD_REGION");
  let service: Service | undefined;
  const scoped = (request: NomadRequest): NomadRequest => ({
    ...request,
    query: { region, ...request.query },
  });
  return {
    json: (request) => askJson((service ??= serviceOf(config, setting)), scoped(request)),
    find: async (request) => {
      const answer = await ask((service ??= serviceOf(config, setting)), scoped(request), [404]);
      return answer.status === 404 ? undefined : answer;
    },
  };
}

type SettingReader = (name: string, variable: string) => string | undefined;

/** A setting wins over its environment variable, which `ignoreEnvVars` can switch off. */
function settingReader(config: PluginConfig, env: NodeJS.ProcessEnv): SettingReader {
  const ignored = (json("ignoreEnvVars", config) ?? {}) as Record<string, boolean>;
  return (name, variable) => {
    const value = config[name] ?? (ignored[variable] === true ? undefined : env[variable]);
    return value === "" ? undefined : value;
  };
}

function serviceOf(config: PluginConfig, setting: SettingReader): Service {
  const token = setting("secretId", "NOMAD_TOKEN");
  const basic = setting("httpAuth", "NOMAD_HTTP_AUTH");
  const extra = (json("headers", config) ?? []) as readonly { name: string; value: string }[];
  return {
    title: "Nomad",
    address: setting("address", "NOMAD_ADDR") ?? "http://127.0.0.1:4646",
    addressSetting: "NOMAD_ADDR or the setting nomad:address",
    tokenSetting: "NOMAD_TOKEN or the setting nomad:secretId",
    headers: {
      ...Object.fromEntries(extra.map(({ name, value }) => [name, value])),
      ...(basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` }),
      ...(token === undefined ? {} : { "x-nomad-token": token }),
    },
    tls: tlsOf(config, setting),
  };
}

function tlsOf(config: PluginConfig, setting: SettingReader): Tls {
  const ca = config["caPem"] ?? fileOf("caFile", setting("caFile", "NOMAD_CACERT"));
  const cert = config["certPem"] ?? fileOf("certFile", setting("certFile", "NOMAD_CLIENT_CERT"));
  const key = config["keyPem"] ?? fileOf("keyFile", setting("keyFile", "NOMAD_CLIENT_KEY"));
  const skip = ["1", "t", "true"].includes((setting("skipVerify", "NOMAD_SKIP_VERIFY") ?? "").toLowerCase());
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(skip ? { rejectUnauthorized: false } : {}),
  };
}

function fileOf(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new PluginFailure(
      `the setting nomad:${name} names "${path}", which can't be read: ${(error as Error).message}`,
    );
  }
}

function json(name: string, config: PluginConfig): unknown {
  const text = config[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new PluginFailure(`the setting nomad:${name} is not JSON; give it as structured configuration`);
  }
}
