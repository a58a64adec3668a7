/** The superuser's password of a cluster whose credentials this program generated, from the lab's OpenBao. */
export async function superuserPassword(cluster: string): Promise<string> {
  const address = environment("VAULT_ADDR");
  const response = await fetch(`${address}/v1/secret/data/postgres/${cluster}`, {
    headers: { "X-Vault-Token": environment("VAULT_TOKEN") },
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) throw new Error(`secret/postgres/${cluster}: OpenBao answered ${response.status}`);
  const { data } = (await response.json()) as { data: { data: { superuser_password: string } } };
  return data.data.superuser_password;
}

/** A variable that the test runner sets for tests on the lab. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run these tests with npm test`);
  return value;
}
