import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isRecord, textOf } from "../framework/values";
import type { Bag } from "../framework/values";

/** What the engine tells a registry. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/**
 * The registry that an image is pushed to: the first part of its name, where that is a host. Undefined when the name
 * has none, as in `postgres:17`.
 */
export function registryOf(imageName: string): string | undefined {
  const slash = imageName.indexOf("/");
  const first = slash < 0 ? "" : imageName.slice(0, slash);
  return first === "localhost" || /[.:]/.test(first) ? first : undefined;
}

/** An image's name without tag and digest. */
export function repositoryOf(imageName: string): string {
  return imageName.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

/**
 * Credentials for a registry: the program's, else those that `docker login` wrote to its config file. Credential
 * helpers are not asked.
 */
export function credentialsFor(
  server: string,
  inputs: Bag,
  env: NodeJS.ProcessEnv = process.env,
): Credentials | undefined {
  const given = isRecord(inputs["registry"]) ? inputs["registry"] : {};
  const [username, password] = [textOf(given, "username"), textOf(given, "password")];
  if (username !== "" && password !== "") return { username, password, serveraddress: server };
  return allCredentials(env)[server];
}

/** What `docker login` left behind, by registry. */
export function allCredentials(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, Credentials>> {
  const file = join(env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "config.json");
  try {
    const { auths = {} } = JSON.parse(readFileSync(file, "utf8")) as {
      auths?: Record<string, { auth?: string }>;
    };
    const entries = Object.entries(auths).flatMap(([server, { auth }]) => {
      const [username = "", ...password] = Buffer.from(auth ?? "", "base64")
        .toString("utf8")
        .split(":");
      const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
      return username === ""
        ? []
        : [[host, { username, password: password.join(":"), serveraddress: server }] as const];
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}
