import { parseDocument } from "../../patroni/configDocument";
import { effectLine } from "../../patroni/impact/effect";
import { driftEffects } from "../../patroni/impact/driftEffects";
import { knownSystemSettings, appliedDocument, lastDocument } from "./wantedDocument";
import type { ConfigInputs, ConfigState } from "./model";

/**
 * What becomes of what others changed, a line an effect: for the diff of a preview or an update. A document that a
 * preview doesn't know yet has no lines.
 */
export function driftLines(last: ConfigState, inputs: ConfigInputs): readonly string[] {
  const config = parseDocument(inputs.config);
  if (config === undefined) return [];
  const facts = {
    applied: appliedDocument(last),
    standing: lastDocument(last) ?? {},
    alterSystem: knownSystemSettings(last),
    settled: last.ready,
  };
  return driftEffects(facts, config, inputs.drift).map((effect) =>
    effectLine({ tenant: inputs.cluster, ...effect }),
  );
}
