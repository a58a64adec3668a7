import { text } from "../../../patroni/observed/json";
import { readSecret } from "../../credentials/kv2";
import { ProviderFailure } from "../../failure";
import type { PostgresLogin } from "../../postgresSession";
import type { ConfigInputs } from "../model";

/** Vault must hold nobody up. */
const answerSeconds = 3;

/** Where the superuser's login is. */
export type SuperuserSecret = Pick<
  ConfigInputs,
  "vaultAddress" | "secretMount" | "secretPath" | "superuserUsernameField" | "superuserPasswordField"
>;

/**
 * The superuser's login from the cluster's secret, read with the operator's own token.
 *
 * @throws {ProviderFailure} when Vault doesn't give it, without anything of the secret
 */
export async function readSuperuserLogin({
  vaultAddress,
  secretMount: mount,
  secretPath: path,
  superuserUsernameField,
  superuserPasswordField,
}: SuperuserSecret): Promise<PostgresLogin> {
  const place = { vaultAddress, mount, path, whenRemoved: "keep", timeoutSeconds: answerSeconds } as const;
  const secret = await readSecret(place);
  if (secret.kind !== "present")
    throw new ProviderFailure(`Vault has no secret at ${mount}/${path} (${secret.kind})`);
  const [user, password] = [
    text(secret.data[superuserUsernameField]),
    text(secret.data[superuserPasswordField]),
  ];
  if (user === undefined || password === undefined)
    throw new ProviderFailure(
      `the secret at ${mount}/${path} lacks ${superuserUsernameField} or ${superuserPasswordField}`,
    );
  return { user, password };
}
