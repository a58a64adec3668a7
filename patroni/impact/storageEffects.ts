import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";
import { describeParts } from "./jobParts";
import { capacity } from "./wording";

/** The data would have to move: `PatroniStorage` refuses that while there is any (docs/storage.md). */
export function placeEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const change = describeParts(before.place, after.place);
  if (change === undefined) return [];
  const consequence = "refused while there is data, which would have to move: nothing of this tenant changes";
  return [{ id: "storage.moved", severity: "warning", change, consequence }];
}

/** Sizes, plugin, and what becomes of the data when the tenant goes. */
export function storageEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  if (after.storage.type === "ephemeral") return [];
  return [
    ...capacityEffects(before, after),
    ...pluginEffects(before, after),
    ...removalEffects(before, after),
  ];
}

/** What an existing volume's size does: `volumeFit` in patroni/volumeFit.ts. `mkdir` makes plain directories. */
function capacityEffects(
  { storage: from }: TenantFacts,
  { storage: to }: TenantFacts,
): readonly TenantEffect[] {
  if (from.capacityMinBytes === to.capacityMinBytes && from.capacityMaxBytes === to.capacityMaxBytes)
    return [];
  const common = { id: "storage.capacity", change: `capacity ${capacity(from)} → ${capacity(to)}` } as const;
  if (to.pluginId === "mkdir")
    return [{ ...common, severity: "none", consequence: "mkdir sets no limit, so nothing happens" }];
  if (to.capacityMinBytes <= from.capacityMinBytes)
    return [{ ...common, severity: "none", consequence: "volumes that exist keep their size" }];
  const consequence =
    "a volume that is smaller can't grow while a member uses it: pulumi up stops and names it before it changes anything";
  return [{ ...common, severity: "warning", consequence }];
}

function pluginEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [before.storage.pluginId, after.storage.pluginId];
  if (from === to) return [];
  const consequence = "for volumes made from now on; those that exist stay as they are";
  return [{ id: "storage.plugin", severity: "none", change: `volume plugin ${from} → ${to}`, consequence }];
}

function removalEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const [from, to] = [before.storage.whenRemoved, after.storage.whenRemoved];
  if (from === to) return [];
  const common = { id: "storage.whenRemoved", change: `whenRemoved ${from} → ${to}` } as const;
  const credentials = after.credentials.kind === "generated" ? " and credentials" : "";
  if (to === "keep")
    return [
      { ...common, severity: "none", consequence: `its volumes${credentials} stay when the tenant goes` },
    ];
  const consequence = `nothing is deleted now; when the tenant goes, its volumes${credentials} are DELETED`;
  return [{ ...common, severity: "warning", consequence }];
}
