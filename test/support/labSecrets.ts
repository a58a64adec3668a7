import { superuserPassword as passwordInLab } from "../../lab/superuserPassword";
import { labEnvironment, type LabTokenVariables } from "../../lab/platform/labEnvironment";
import { loadLabSettings } from "../../lab/settings";

/** The superuser's password of a cluster whose credentials this program generated, from the lab's OpenBao. */
export function superuserPassword(cluster: string): Promise<string> {
  return passwordInLab(loadLabSettings(), cluster);
}

/** A variable that the test runner sets for tests on the lab. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run these tests with npm test`);
  return value;
}

/** The tokens that the lab's operator has, whose rights are those of docs/rights. */
export function operatorTokens(): Record<keyof LabTokenVariables, string> {
  const { CONSUL_HTTP_TOKEN, NOMAD_TOKEN, VAULT_TOKEN } = labEnvironment(loadLabSettings());
  return { CONSUL_HTTP_TOKEN, NOMAD_TOKEN, VAULT_TOKEN };
}

/** The header by which the lab's Consul knows its administrator. */
export function consulToken(): Record<string, string> {
  return { "X-Consul-Token": environment("CONSUL_HTTP_TOKEN") };
}
