import { secretSign } from "../../config/guardRails/secretSigns";

/**
 * The text, or what it is if it looks like a secret. Secrets are refused before they get into what is recorded
 * (`no-secret-in-documents`), and Pulumi hides those that it knows; this is for what neither knew, because what is
 * posted to a pull request can't be taken back.
 */
export function withoutSecrets(text: string): string {
  const sign = secretSign(text);
  return sign === undefined ? text : `(not shown: it looks like ${sign})`;
}
