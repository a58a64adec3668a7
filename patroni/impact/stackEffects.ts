import { compareEffects, type Effect, type TenantEffect } from "./effect";
import type { StackFacts, TenantFacts } from "./facts";
import { databaseEffects } from "./databaseEffects";
import { credentialEffects } from "./credentialEffects";
import { jobEffects } from "./jobEffects";
import { memberEffects } from "./memberEffects";
import { parameterEffects } from "./parameterEffects";
import { pauseEffects } from "./pauseEffects";
import { placementEffects } from "./placementEffects";
import { settingEffects } from "./settingEffects";
import { slotEffects } from "./slotEffects";
import { standbyEffects } from "./standbyEffects";
import { placeEffects, storageEffects } from "./storageEffects";
import { createdEffects, removedEffects } from "./tenantEffects";

/** What a change from one stack to another does to each tenant that it touches, worst first. */
export function stackEffects(before: StackFacts, after: StackFacts): readonly Effect[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .flatMap((tenant) =>
      tenantEffects(own(before, tenant), own(after, tenant)).map((effect): Effect => ({ tenant, ...effect })),
    )
    .sort(compareEffects);
}

function tenantEffects(
  before: TenantFacts | undefined,
  after: TenantFacts | undefined,
): readonly TenantEffect[] {
  if (before === undefined) return after === undefined ? [] : createdEffects(after);
  if (after === undefined) return removedEffects(before);
  const refused = placeEffects(before, after);
  if (refused.length > 0) return refused;
  return [
    memberEffects,
    parameterEffects,
    settingEffects,
    pauseEffects,
    slotEffects,
    standbyEffects,
    jobEffects,
    placementEffects,
    storageEffects,
    credentialEffects,
    databaseEffects,
  ].flatMap((effectsOf) => effectsOf(before, after));
}

/** A tenant may be called like something that every object inherits. */
function own(facts: StackFacts, tenant: string): TenantFacts | undefined {
  return Object.hasOwn(facts, tenant) ? facts[tenant] : undefined;
}
