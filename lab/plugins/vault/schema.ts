import { boolean, integer, listOf, mapOf, objectOf, string } from "../framework/schema";
import type { FieldSchema, InputSchema, PackageSchema, ResourceSchema } from "../framework/schema";

const namespace: InputSchema = {
  type: string,
  replaces: true,
  refused: "namespaces are a feature of Vault Enterprise; leave it out, or install the real plugin",
};

/** `vault.Policy` of the vault package 7.8.0. */
export const policySchema: ResourceSchema = {
  token: "vault:index/policy:Policy",
  inputs: {
    name: { type: string, autoName: true, replaces: true },
    namespace,
    policy: { type: string, required: true },
  },
  outputs: {
    name: { type: string, required: true },
    namespace: { type: string },
    policy: { type: string, required: true },
  },
};

const roleInputs: Readonly<Record<string, InputSchema>> = {
  aliasMetadata: {
    type: mapOf(string),
    refused: "neither Vault before 1.21 nor OpenBao knows it; leave it out",
  },
  allowedRedirectUris: { type: listOf(string), unordered: true },
  backend: { type: string, default: "jwt", replaces: true },
  boundAudiences: { type: listOf(string), unordered: true },
  boundClaims: { type: mapOf(string) },
  boundClaimsType: { type: string, computed: true },
  boundSubject: { type: string },
  claimMappings: { type: mapOf(string) },
  clockSkewLeeway: { type: integer },
  disableBoundClaimsParsing: { type: boolean },
  expirationLeeway: { type: integer },
  groupsClaim: { type: string },
  maxAge: { type: integer },
  namespace,
  notBeforeLeeway: { type: integer },
  oidcScopes: { type: listOf(string), unordered: true },
  roleName: { type: string, required: true, replaces: true },
  roleType: { type: string, computed: true, replaces: true },
  tokenBoundCidrs: { type: listOf(string), unordered: true },
  tokenExplicitMaxTtl: { type: integer },
  tokenMaxTtl: { type: integer },
  tokenNoDefaultPolicy: { type: boolean },
  tokenNumUses: { type: integer },
  tokenPeriod: { type: integer },
  tokenPolicies: { type: listOf(string), unordered: true },
  tokenTtl: { type: integer },
  tokenType: { type: string },
  userClaim: { type: string, required: true },
  userClaimJsonPointer: { type: boolean },
  verboseOidcLogging: { type: boolean },
};

const alwaysThere: ReadonlySet<string> = new Set(["boundClaimsType", "roleName", "roleType", "userClaim"]);

function outputOf([name, { type }]: [string, InputSchema]): [string, FieldSchema] {
  return [name, alwaysThere.has(name) ? { type, required: true } : { type }];
}

/** `vault.jwt.AuthBackendRole` of the vault package 7.8.0. */
export const authBackendRoleSchema: ResourceSchema = {
  token: "vault:jwt/authBackendRole:AuthBackendRole",
  inputs: roleInputs,
  outputs: Object.fromEntries(Object.entries(roleInputs).map(outputOf)),
};

const loginRefused = "give it a token in VAULT_TOKEN or vault:token";
const login: FieldSchema = { type: objectOf({}), refused: loginRefused };

const config: Readonly<Record<string, FieldSchema>> = {
  addAddressToEnv: { type: string },
  address: { type: string },
  ...Object.fromEntries(
    [
      "",
      "Aws",
      "Azure",
      "Cert",
      "Gcp",
      "Jwt",
      "Kerberos",
      "Oci",
      "Oidc",
      "Radius",
      "TokenFile",
      "Userpass",
    ].map((method) => [`authLogin${method}`, login]),
  ),
  caCertDir: { type: string, refused: "name one file with all certificates in vault:caCertFile" },
  caCertFile: { type: string },
  clientAuth: { type: objectOf({}), refused: loginRefused },
  headers: {
    type: listOf(
      objectOf({ name: { type: string, required: true }, value: { type: string, required: true } }),
    ),
  },
  maxLeaseTtlSeconds: { type: integer },
  maxRetries: { type: integer },
  maxRetriesCcc: { type: integer },
  namespace: { type: string, refused: "namespaces are a feature of Vault Enterprise; leave it out" },
  setNamespaceFromToken: { type: boolean },
  skipChildToken: { type: boolean },
  skipGetVaultVersion: { type: boolean },
  skipTlsVerify: { type: boolean },
  tlsServerName: { type: string },
  token: { type: string, secret: true },
  tokenName: { type: string },
  vaultVersionOverride: { type: string },
};

/** What the stand-in for the Vault plugin knows. */
export const vaultSchema: PackageSchema = {
  name: "vault",
  version: "7.8.0",
  config,
  resources: [policySchema, authBackendRoleSchema],
};
