import type { AccessRole, Cluster, Platform } from "../../config/model";
import { credentialsPath } from "./accessNames";

/** The Vault policy that lets somebody read one role's login, and nothing else. */
export function accessPolicy(cluster: Cluster, platform: Platform, role: AccessRole): string {
  const path = `${platform.vault.databaseMount}/${credentialsPath(cluster, role)}`;
  return `path "${path}" {\n  capabilities = ["read"]\n}\n`;
}
