import type { LabSettings } from "../settings";
import { nomadAddress } from "./endpoints";
import { ask, askJson, type HttpRequest } from "./http";
import { labTokens } from "./tokens";

/** Asks Nomad's server with the management token, and throws when it says no. `path` begins with `/v1/`. */
export async function askNomad(
  settings: LabSettings,
  path: string,
  request: HttpRequest = {},
): Promise<unknown> {
  return askJson(`${nomadAddress(settings)}${path}`, {
    ...request,
    headers: { "x-nomad-token": labTokens(settings).nomadManagement },
  });
}

/**
 * Gives Nomad's ACL system its management token, once in its life. Safe to repeat.
 * https://developer.hashicorp.com/nomad/api-docs/acl/tokens#bootstrap-token
 * @throws while Nomad doesn't know it.
 */
export async function bootstrapNomadAcl(settings: LabSettings): Promise<void> {
  const { nomadManagement } = labTokens(settings);
  const address = nomadAddress(settings);
  const own = await ask(`${address}/v1/acl/token/self`, { headers: { "x-nomad-token": nomadManagement } });
  if (own.status === 200) return;
  const { status, text } = await ask(`${address}/v1/acl/bootstrap`, {
    method: "POST",
    body: { BootstrapSecret: nomadManagement },
  });
  if (status === 200) return;
  // Right after a start it may have read of the bootstrap, but not yet of the token.
  throw new Error(`Nomad doesn't know the lab's management token: ${status} ${text.trim().slice(0, 300)}`);
}
