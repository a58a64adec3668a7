import { z } from "zod";
import type { LabSettings } from "../settings";
import { consulAddress, nomadAddress } from "./endpoints";
import { ask, askJson, type HttpRequest } from "./http";
import { rightsDocument } from "./rights";
import { labTokens } from "./tokens";

/** Consul's auth method for the services that Nomad registers: it logs in once a service, and never again. */
export const serviceAuthMethod = "nomad-workloads";
/** The one for what tasks do themselves. */
export const taskAuthMethod = "nomad-tasks";
/** Audience of the identities that both take. */
export const consulAudience = "consul.io";

/** How long a token lasts that a task got by its identity; it gets another one before. */
const taskTokenTtl = "1h";

const policySchema = z.object({ ID: z.string() });

/** Asks Consul's server with the management token, and throws when it says no. `path` begins with `/v1/`. */
export async function askConsul(
  settings: LabSettings,
  path: string,
  request: HttpRequest = {},
): Promise<unknown> {
  return askJson(`${consulAddress(settings)}${path}`, { ...request, headers: managementHeaders(settings) });
}

/** The header by which Consul knows the management token. */
export function managementHeaders(settings: LabSettings): Readonly<Record<string, string>> {
  return { "x-consul-token": labTokens(settings).consulManagement };
}

/**
 * Gives Consul's own agents and Nomad's their tokens, with the least rights that they work with. Safe to repeat.
 * https://developer.hashicorp.com/consul/docs/security/acl/tokens/create/create-an-agent-token
 */
export async function grantAgents(settings: LabSettings): Promise<void> {
  const { consulAgents, consulOfNomad } = labTokens(settings);
  const NodeIdentities = (NodeName: string) => [{ NodeName, Datacenter: settings.datacenter }];
  for (const [node, token] of Object.entries(consulAgents))
    await ensureConsulToken(settings, `Consul's agent ${node}`, token, {
      NodeIdentities: NodeIdentities(node),
    });
  const policy = await writeConsulPolicy(settings, "nomad-agents", rightsDocument("nomad-consul.hcl"));
  await ensureConsulToken(settings, "Nomad's agents", consulOfNomad, { Policies: [{ ID: policy }] });
}

/**
 * Makes Consul trust the workload identities that this lab's Nomad signs: who they are, not yet what they may do,
 * which is each cluster's own. Nomad's server must be up. Safe to repeat.
 * https://developer.hashicorp.com/nomad/docs/secure/acl/consul
 */
export async function trustNomadInConsul(settings: LabSettings): Promise<void> {
  await writeAuthMethod(settings, serviceAuthMethod, {});
  await writeAuthMethod(settings, taskAuthMethod, { MaxTokenTTL: taskTokenTtl });
}

/** Writes a policy, and returns its ID. */
export async function writeConsulPolicy(settings: LabSettings, Name: string, Rules: string): Promise<string> {
  const named = await find(settings, `/v1/acl/policy/name/${Name}`);
  const path = named === undefined ? "/v1/acl/policy" : `/v1/acl/policy/${policySchema.parse(named).ID}`;
  return policySchema.parse(await askConsul(settings, path, { method: "PUT", body: { Name, Rules } })).ID;
}

/** Makes a token with a given secret where Consul has none of that secret. */
export async function ensureConsulToken(
  settings: LabSettings,
  Description: string,
  SecretID: string,
  rights: object,
): Promise<void> {
  const headers = { "x-consul-token": SecretID };
  const own = await ask(`${consulAddress(settings)}/v1/acl/token/self`, { headers });
  if (own.status === 200) return;
  await askConsul(settings, "/v1/acl/token", { method: "PUT", body: { Description, SecretID, ...rights } });
}

async function writeAuthMethod(settings: LabSettings, Name: string, more: object): Promise<void> {
  const known = (await find(settings, `/v1/acl/auth-method/${Name}`)) !== undefined;
  const claims = ["nomad_namespace", "nomad_job_id", "nomad_task", "nomad_service"];
  await askConsul(settings, known ? `/v1/acl/auth-method/${Name}` : "/v1/acl/auth-method", {
    method: "PUT",
    body: {
      Name,
      Type: "jwt",
      Config: {
        JWKSURL: `${nomadAddress(settings)}/.well-known/jwks.json`,
        JWTSupportedAlgs: ["RS256"],
        BoundAudiences: [consulAudience],
        ClaimMappings: Object.fromEntries(claims.map((claim) => [claim, claim])),
      },
      ...more,
    },
  });
}

/** What is at a path; undefined where nothing is. */
async function find(settings: LabSettings, path: string): Promise<unknown> {
  const { status, text } = await ask(`${consulAddress(settings)}${path}`, {
    headers: managementHeaders(settings),
  });
  if (status === 404) return undefined;
  if (status === 200) return JSON.parse(text) as unknown;
  throw new Error(`GET ${path}: ${status} ${text.slice(0, 300)}`);
}
