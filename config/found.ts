import type { SettingPath } from "./settingPath";

const longestShown = 60;

const secretKey = /password(?!_encryption)|passwd|passphrase|secret|token|private|api_?key/i;
// Tokens of Vault and OpenBao, PEM private keys, passwords in URLs and in connection strings.
const secretValue = /\b(hv[sbr]|[sbr])\.[\w-]{20,}|PRIVATE KEY|:\/\/[^/\s]*:[^/\s]*@|passw(or)?d\s*=/i;

/**
 * Says what stands at a path, for a message. Whatever may be a secret, by its key or by its look, is not shown.
 */
export function describeFound(value: unknown, path: SettingPath): string {
  if (value === undefined) return "nothing";
  if (value === null) return "an empty value";
  if (isSecretLooking(value, path)) return `${kindOf(value)} that is not shown, because it may be a secret`;
  const text = JSON.stringify(value);
  if (typeof value === "object" && text.length > longestShown) return kindOf(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function isSecretLooking(value: unknown, path: SettingPath): boolean {
  return path.some((step) => typeof step === "string" && secretKey.test(step)) || holdsSecret(value);
}

function holdsSecret(value: unknown): boolean {
  if (typeof value === "string") return secretValue.test(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => secretKey.test(key) || holdsSecret(inner));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}
