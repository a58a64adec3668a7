import type { Document } from "yaml";

/** Where the program's settings are in a stack's configuration file. */
export const settingPath = (...keys: readonly string[]): readonly string[] => {
  const [first, ...rest] = keys;
  return ["config", `nomad-postgres:${first ?? ""}`, ...rest];
};

/** Where a tenant's settings are. */
export const tenantPath = (name: string, ...keys: readonly string[]): readonly string[] =>
  settingPath("tenants", name, ...keys);

/** Settings of a tenant as an operator writes them. */
export type TenantSettings = Readonly<Record<string, unknown>>;

/** A small tenant on volumes that go with it, so that `pulumi destroy` leaves nothing of it behind. */
export function smallTenant(name: string, more: TenantSettings = {}): TenantSettings {
  return {
    members: 1,
    resources: { cpuMhz: 100, memoryMb: 256 },
    storage: { type: "volume", capacity: "256MiB", whenRemoved: `delete all data of ${name}` },
    timeouts: { leaderSeconds: 120, killSeconds: 20 },
    ...more,
  };
}

/** Makes these the stack's only clusters. */
export function onlyTenants(config: Document, tenants: Readonly<Record<string, TenantSettings>>): void {
  config.deleteIn(settingPath("platform", "cluster"));
  config.setIn(settingPath("tenants"), tenants);
}
