import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { LabSettings } from "../settings";
import { UserError } from "../userError";
import { readKeyFile, writeKeyFile } from "./keyFile";
import { statePaths } from "./statePaths";

const tokensSchema = z.object({
  /** Consul's management token. */
  consulManagement: z.string(),
  /** The token of each of Consul's own agents, by its node's name. */
  consulAgents: z.record(z.string(), z.string()),
  /** The token by which Nomad's agents use Consul. */
  consulOfNomad: z.string(),
  /** The operator's token of Consul. */
  consulOperator: z.string(),
  /** Nomad's management token. */
  nomadManagement: z.string(),
  /** The operator's token of OpenBao. */
  vaultOperator: z.string(),
  /** The operator's token of Nomad, which Nomad chooses; absent until it has. */
  nomadOperator: z.string().optional(),
});

/** The secrets by which the lab's systems know who asks. OpenBao's root token is with its unseal key. */
export type LabTokens = z.infer<typeof tokensSchema>;

/** Name of the Consul server's part, and of its node in Consul. */
export const consulServerName = "consul";

/** Makes the tokens where the lab has none yet. */
export function ensureTokens(settings: LabSettings): void {
  if (readTokens(settings) !== undefined) return;
  const agents = [consulServerName, ...settings.nodes.map(({ name }) => name)];
  writeKeyFile(statePaths(settings).tokens, {
    consulManagement: randomUUID(),
    consulAgents: Object.fromEntries(agents.map((agent) => [agent, randomUUID()])),
    consulOfNomad: randomUUID(),
    consulOperator: randomUUID(),
    nomadManagement: randomUUID(),
    vaultOperator: randomUUID(),
  } satisfies LabTokens);
}

/**
 * The lab's tokens.
 * @throws {UserError} when the lab never was up.
 */
export function labTokens(settings: LabSettings): LabTokens {
  const tokens = readTokens(settings);
  if (tokens !== undefined) return tokens;
  throw new UserError(
    `The lab's tokens can't be read from ${statePaths(settings).tokens}. Bring the lab up (npm run lab -- up); if ` +
      `it was up before, start afresh with npm run lab -- down --purge.`,
  );
}

/** Keeps the token that Nomad chose for the operator. */
export function rememberNomadOperator(settings: LabSettings, nomadOperator: string): void {
  writeKeyFile(statePaths(settings).tokens, { ...labTokens(settings), nomadOperator });
}

function readTokens(settings: LabSettings): LabTokens | undefined {
  return readKeyFile(statePaths(settings).tokens, tokensSchema);
}
