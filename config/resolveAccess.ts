import { accessDefaults } from "./defaults";
import type { AccessRole } from "./model";
import { compareText } from "./problem";
import type { ClusterSettings } from "./schema/cluster";

/** The roles with their defaults, by name. */
export function resolveAccess(settings: ClusterSettings["access"]): readonly AccessRole[] {
  return Object.entries(settings?.roles ?? {})
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, role]): AccessRole => {
      const { database = accessDefaults.database, rotateEvery: rotateEverySeconds } = role;
      if (role.static !== undefined)
        return {
          type: "static",
          name,
          database,
          username: role.static,
          rotateEverySeconds: rotateEverySeconds ?? accessDefaults.rotateEverySeconds,
        };
      const ttlSeconds = role.ttl ?? Math.min(accessDefaults.ttlSeconds, role.maxTtl ?? Infinity);
      return {
        type: "oneTime",
        name,
        database,
        kind: role.kind ?? "custom",
        ttlSeconds,
        maxTtlSeconds: role.maxTtl ?? Math.max(accessDefaults.maxTtlSeconds, ttlSeconds),
        create: role.create ?? [],
        revoke: role.revoke ?? [],
      };
    });
}
