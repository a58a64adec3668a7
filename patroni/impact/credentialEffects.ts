import { firstGeneration } from "../../config/defaults";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";

/** What another secret, or another generation of its passwords, does. */
export function credentialEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  return [...sourceEffects(before, after), ...generationEffects(before, after)];
}

/** New passwords; an operator's own secret is left alone whatever the number. */
function generationEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [before, after].map(({ credentials }) => credentials.generation ?? firstGeneration);
  if (from === undefined || to === undefined || from === to) return [];
  const change = `credentials.generation ${from} → ${to}`;
  const id = "credentials.generation";
  if (after.credentials.kind === "existing") {
    const consequence = "nothing: the passwords of an existing secret are its owner's to change";
    return [{ id, change, severity: "warning", consequence }];
  }
  const consequence =
    "new passwords for superuser, replication and rewind: members load them while they run, nothing restarts; " +
    "whoever logs in as one of the three reads the new ones from Vault";
  return [{ id, change, severity: "reload", consequence }];
}

/**
 * Another secret. The roles in the database keep their passwords: nothing here changes them. Where this program
 * makes the credentials it copies them to the new place (docs/credentials.md).
 */
function sourceEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
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
