import type Dockerode from "dockerode";
import { PluginFailure } from "../framework/failure";
import type { Operation } from "../framework/plugin";
import { buildDisplay } from "./display";
import { engineFailure } from "./engine";
import { engineMessages } from "./messages";
import { repositoryOf } from "./registry";
import type { Credentials } from "./registry";

/**
 * Pushes an image to the registry that its name begins with.
 *
 * @returns `repository@sha256:…`, as the registry knows it.
 * @throws {PluginFailure} when the registry doesn't answer or refuses.
 */
export async function pushImage(
  engine: Dockerode,
  host: string,
  image: { readonly name: string; readonly server: string; readonly credentials: Credentials | undefined },
  operation: Operation,
): Promise<string> {
  const { name, server, credentials } = image;
  const display = buildDisplay(operation.progress);
  await display.step(`pushing to ${server}`);
  let digest = "";
  try {
    const stream = await engine.getImage(name).push({
      abortSignal: operation.signal,
      // An engine before 23 demands the header even where there is nothing to say.
      authconfig: credentials ?? { username: "", password: "", serveraddress: server },
    });
    for await (const { error, status, id, aux } of engineMessages(stream)) {
      if (error !== undefined) throw new PluginFailure(`can't push ${name}: ${pushFailure(server, error)}`);
      if (typeof aux === "object" && aux !== null && "Digest" in aux) digest = String(aux.Digest);
      if (status !== undefined) {
        await display.line(`pushing to ${server}: ${status}${id === undefined ? "" : ` ${id}`}`);
      }
    }
  } catch (error) {
    throw error instanceof PluginFailure ? error : engineFailure(host, `push ${name}`, error);
  } finally {
    display.close();
  }
  return `${repositoryOf(name)}@${digest}`;
}

function pushFailure(server: string, error: string): string {
  if (
    /connection refused|no such host|i\/o timeout|no route to host|server gave HTTP response/i.test(error)
  ) {
    return (
      `the registry ${server} does not answer the Docker engine: ${error}. Is it running, and does the image's name ` +
      `begin with the right host and port?`
    );
  }
  if (/unauthorized|denied|no basic auth/i.test(error)) {
    return (
      `the registry ${server} refuses: ${error}. Log in with "docker login ${server}", or give the image a registry ` +
      `with username and password.`
    );
  }
  return `the registry ${server} says: ${error}`;
}
