import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/**
 * Another secret. The roles in the database keep their passwords: nothing here changes them. Where this program
 * makes the credentials it copies them to the new place (docs/credentials.md).
 */
export function credentialEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [before.credentials, after.credentials];
  if (from.kind === to.kind && from.secret === to.secret) return [];
  const change = `credentials ${from.kind} ${from.secret} → ${to.kind} ${to.secret}`;
  const common = { id: "credentials.source", change } as const;
  if (from.kind === "generated" && to.kind === "generated")
    return [{ ...common, severity: "none", consequence: "the values are copied, and the old secret stays" }];
  const deleted =
    from.kind === "generated" && before.storage.whenRemoved === "delete"
      ? "; the old secret is DELETED with all its versions"
      : "";
  const consequence = `the database keeps its passwords: unless the other secret holds the same, members can't log in${deleted}`;
  return [{ ...common, severity: "outage", consequence }];
}
