import { readFileSync } from "node:fs";
import { PluginFailure } from "../framework/failure";
import { ask } from "../framework/http";
import type { HttpAnswer, HttpRequest, Service, Tls } from "../framework/http";
import type { Operation, PluginConfig } from "../framework/plugin";

/** What one request is about. */
export interface ConsulRequest {
  /** Below `/v1/`, for example `acl/policy/2c5c…`. */
  readonly path: string;
  /** What it is for, as the end of "can't …". */
  readonly purpose: string;
  readonly operation: Operation;
}

/** A JSON object of Consul's API. */
export type ConsulObject = Readonly<Record<string, unknown>>;

/** Consul's API with the settings' address and token. Methods throw `PluginFailure`. */
export interface ConsulClient {
  /** Undefined where nothing is. */
  read(request: ConsulRequest): Promise<unknown>;
  write(request: ConsulRequest, body: ConsulObject): Promise<unknown>;
  /** Nothing there is as good as deleted. */
  delete(request: ConsulRequest): Promise<void>;
}

/** The client for given settings. Nothing is contacted and no file is read before the first request. */
export function consulClient(config: PluginConfig, env: NodeJS.ProcessEnv = process.env): ConsulClient {
  let service: Service | undefined;
  const send = (
    method: HttpRequest["method"],
    { path, purpose, operation: { signal } }: ConsulRequest,
    body?: ConsulObject,
  ): Promise<HttpAnswer> => {
    service ??= serviceOf(config, env);
    const query = { dc: config["datacenter"] };
    return ask(service, { method, path: `/v1/${path}`, query, purpose, body, signal }, [404]);
  };
  return {
    read: async (request) => {
      const { status, text } = await send("GET", request);
      return status === 404 ? undefined : (JSON.parse(text) as unknown);
    },
    write: async (request, body) => {
      const { status, text } = await send("PUT", request, body);
      if (status !== 404) return JSON.parse(text) as unknown;
      throw new PluginFailure(
        `can't ${request.purpose}: Consul answers 404: ${text.trim()}. Was it deleted? pulumi refresh looks.`,
      );
    },
    delete: async (request) => {
      await send("DELETE", request);
    },
  };
}

function serviceOf(config: PluginConfig, env: NodeJS.ProcessEnv): Service {
  const setting = (name: string, variable: string): string | undefined =>
    config[name] ?? (env[variable] || undefined);
  const token = setting("token", "CONSUL_HTTP_TOKEN") ?? fileOf("CONSUL_HTTP_TOKEN_FILE", env)?.trim();
  const basic = setting("httpAuth", "CONSUL_HTTP_AUTH");
  const extra = JSON.parse(config["headers"] ?? "[]") as readonly { name: string; value: string }[];
  return {
    title: "Consul",
    address: addressOf(setting("address", "CONSUL_HTTP_ADDR"), config["scheme"]),
    addressSetting: "CONSUL_HTTP_ADDR or the setting consul:address",
    tokenSetting: "CONSUL_HTTP_TOKEN or the setting consul:token",
    headers: {
      ...Object.fromEntries(extra.map(({ name, value }) => [name, value])),
      ...(basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` }),
      ...(token === undefined ? {} : { "x-consul-token": token }),
    },
    tls: tlsOf(config, env),
  };
}

/** `host:port` or a URL; the scheme is a setting of its own, which a URL's wins over. */
function addressOf(address = "127.0.0.1:8500", scheme = "http"): string {
  return /^https?:\/\//.test(address) ? address : `${scheme}://${address}`;
}

function tlsOf(config: PluginConfig, env: NodeJS.ProcessEnv): Tls {
  const text = (name: "ca" | "cert" | "key", variable: string): string | undefined =>
    config[`${name}Pem`] ??
    fileAt(config[`${name}File`] ?? (env[variable] || undefined), `consul:${name}File`);
  const [ca, cert, key] = [
    text("ca", "CONSUL_CACERT"),
    text("cert", "CONSUL_CLIENT_CERT"),
    text("key", "CONSUL_CLIENT_KEY"),
  ];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(config["insecureHttps"] === "true" ? { rejectUnauthorized: false } : {}),
  };
}

function fileOf(variable: string, env: NodeJS.ProcessEnv): string | undefined {
  return fileAt(env[variable] || undefined, variable);
}

function fileAt(path: string | undefined, setting: string): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new PluginFailure(`${setting} names "${path}", which can't be read: ${(error as Error).message}`);
  }
}
