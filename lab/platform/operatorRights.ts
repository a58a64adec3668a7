import { z } from "zod";
import type { LabSettings } from "../settings";
import { ensureConsulToken, writeConsulPolicy } from "./consulAcl";
import { nomadAddress, openBaoAddress } from "./endpoints";
import { ask } from "./http";
import { askNomad } from "./nomadAcl";
import { askOpenBao } from "./openbao";
import { rightsDocument } from "./rights";
import { labTokens, rememberNomadOperator } from "./tokens";

/** What the operator's policy is called on each system. */
export const operatorPolicy = "postgres-operator";

/**
 * Gives the operator, in whose name `pulumi up` runs, a token on each system with the rights of docs/rights, and
 * nothing else. All three must be up. Safe to repeat.
 */
export async function grantOperator(settings: LabSettings): Promise<void> {
  await Promise.all([grantOnConsul(settings), grantOnNomad(settings), grantOnOpenBao(settings)]);
}

async function grantOnConsul(settings: LabSettings): Promise<void> {
  const rules = rightsDocument("operator-consul.hcl");
  const policy = await writeConsulPolicy(settings, operatorPolicy, rules);
  const { consulOperator } = labTokens(settings);
  await ensureConsulToken(settings, operatorPolicy, consulOperator, { Policies: [{ ID: policy }] });
}

async function grantOnNomad(settings: LabSettings): Promise<void> {
  await askNomad(settings, `/v1/acl/policy/${operatorPolicy}`, {
    method: "POST",
    body: { Name: operatorPolicy, Rules: rightsDocument("operator-nomad.hcl") },
  });
  const { nomadOperator } = labTokens(settings);
  if (nomadOperator !== undefined && (await isNomadToken(settings, nomadOperator))) return;
  const made = await askNomad(settings, "/v1/acl/token", {
    method: "POST",
    body: { Name: operatorPolicy, Type: "client", Policies: [operatorPolicy] },
  });
  rememberNomadOperator(settings, z.object({ SecretID: z.string() }).parse(made).SecretID);
}

async function isNomadToken(settings: LabSettings, token: string): Promise<boolean> {
  const headers = { "x-nomad-token": token };
  return (await ask(`${nomadAddress(settings)}/v1/acl/token/self`, { headers })).status === 200;
}

async function grantOnOpenBao(settings: LabSettings): Promise<void> {
  await askOpenBao(settings, `sys/policies/acl/${operatorPolicy}`, {
    method: "POST",
    body: { policy: rightsDocument("operator-vault.hcl") },
  });
  const { vaultOperator } = labTokens(settings);
  const headers = { "x-vault-token": vaultOperator };
  const own = await ask(`${openBaoAddress(settings)}/v1/auth/token/renew-self`, { method: "POST", headers });
  if (own.status === 200) return;
  await askOpenBao(settings, "auth/token/create", {
    method: "POST",
    body: { id: vaultOperator, policies: [operatorPolicy], no_parent: true, period: "768h" },
  });
}
