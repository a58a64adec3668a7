import type Dockerode from "dockerode";
import { PluginFailure } from "../framework/failure";
import type { PluginConfig } from "../framework/plugin";

const defaultHost = "unix:///var/run/docker.sock";

/** Where the Docker engine is: the setting `docker:host`, else `DOCKER_HOST`, else the usual socket. */
export function engineHost(config: PluginConfig, env: NodeJS.ProcessEnv = process.env): string {
  return config["host"] ?? (env["DOCKER_HOST"] || defaultHost);
}

/**
 * A client of the engine at `host`. Its library is loaded here, as a preview never needs it.
 *
 * @param purpose What for, as the end of "can't …".
 * @throws {PluginFailure} when `host` is neither a socket nor a TCP address, or nothing answers there.
 */
export async function connect(host: string, purpose: string): Promise<Dockerode> {
  const { default: Docker } = await import("dockerode");
  const client = new Docker(addressOf(host));
  try {
    await client.ping();
  } catch (error) {
    throw engineFailure(host, purpose, error);
  }
  return client;
}

/** Words for what the engine, or the way to it, has against something. */
export function engineFailure(host: string, purpose: string, error: unknown): PluginFailure {
  const { code, reason, message } = error as NodeJS.ErrnoException & { readonly reason?: string };
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such socket",
    ECONNREFUSED: "connection refused",
    EACCES: "permission denied: this user may not use the socket",
    ENOTFOUND: "its host name is unknown",
  };
  const why = code === undefined ? undefined : words[code];
  if (why === undefined)
    return new PluginFailure(`can't ${purpose}: the Docker engine at ${host} says: ${reason ?? message}`);
  return new PluginFailure(
    `can't ${purpose}: the Docker engine at ${host} does not answer (${why}): is it running? ` +
      `DOCKER_HOST or the setting docker:host names it.`,
  );
}

function addressOf(host: string): Dockerode.DockerOptions {
  const { protocol, hostname, port } = parse(host);
  switch (protocol) {
    case "unix:":
      return { socketPath: host.slice("unix://".length) };
    case "tcp:":
    case "http:":
      return { protocol: "http", host: hostname, port: port === "" ? 2375 : Number(port) };
    default:
      throw new PluginFailure(
        `the Docker engine's address is "${host}", but this stand-in only knows unix:///path/to/docker.sock and ` +
          `tcp://host:port; DOCKER_HOST or the setting docker:host names it`,
      );
  }
}

function parse(host: string): { protocol: string; hostname: string; port: string } {
  try {
    return new URL(host);
  } catch {
    return { protocol: "", hostname: "", port: "" };
  }
}
