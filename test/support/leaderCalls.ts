import { PatroniLeader } from "../../providers/patroniLeader";
import type { PlatformDouble } from "./doubles/platformDouble";
import { registeredInputs } from "./dynamicProviderProcess";
import type { Wire } from "./pluginClient";

/** Inputs of a wait for the platform's cluster, with the provider's text. */
export async function leaderInputs(platform: PlatformDouble, changes: object = {}): Promise<Wire> {
  const args = {
    cluster: "acme",
    scope: "acme",
    keyPrefix: "operations",
    members: 3,
    consulAddress: platform.consul.address,
    nomadAddress: platform.nomad.address,
    nomadNamespace: "default",
    nomadRegion: "global",
    jobId: "postgres-acme",
    jobVersion: 4,
    jobModifyIndex: "900",
    maxLagBytes: 1_048_576,
    timeoutSeconds: 20,
    vaultSecretPath: "secret/postgres/acme",
    ...changes,
  };
  return registeredInputs(() => new PatroniLeader("acme-leader", args));
}
