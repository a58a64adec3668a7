import { labEnvironment, labManagement } from "./platform/labEnvironment";
import type { LabSettings } from "./settings";
import { UserError } from "./userError";

/**
 * The superuser's password of a cluster whose credentials the program generated, as the lab's OpenBao has it.
 * @throws {UserError} when there is no such cluster.
 */
export async function superuserPassword(settings: LabSettings, cluster: string): Promise<string> {
  const { VAULT_ADDR } = labEnvironment(settings);
  const { VAULT_TOKEN } = labManagement(settings);
  const response = await fetch(`${VAULT_ADDR}/v1/secret/data/postgres/${encodeURIComponent(cluster)}`, {
    headers: { "X-Vault-Token": VAULT_TOKEN },
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) {
    throw new UserError(
      `OpenBao has no credentials at secret/postgres/${cluster} (${response.status}). ` +
        `The clusters: npm run demo lists them at its end.`,
    );
  }
  const { data } = (await response.json()) as { data: { data: { superuser_password: string } } };
  return data.data.superuser_password;
}
