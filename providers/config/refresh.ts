import { splitAlterSystem } from "../../patroni/alterSystem";
import { documentText, inOrderOf, parseDocument, sameValue } from "../../patroni/configDocument";
import { settingsBeyond } from "../../patroni/configDrift";
import { HttpError } from "../http";
import { foundSettings, lookForAlterSystem } from "./alterSystem/lookForAlterSystem";
import { readConfigKey, unreachableConsul } from "./configKey";
import { completeState, type ConfigState } from "./model";
import { adopted, adoptedOf, adoptedSettings, knownSystemSettings } from "./wantedDocument";

/**
 * What stands in Consul, in the order of what was put there, and what `ALTER SYSTEM` has set on the members, so that a
 * diff shows what somebody changed. That members can't be asked is told in a line, and what was known of them stays.
 *
 * Throws a ProviderFailure when Consul can't be asked.
 */
export async function refreshed(kept: ConfigState): Promise<ConfigState> {
  const state = completeState(kept);
  const { applied, drift } = state;
  const [key, look] = await Promise.all([readConfigKey(state), lookForAlterSystem(state)]).catch(
    (error: unknown) => {
      throw error instanceof HttpError ? unreachableConsul(error) : error;
    },
  );
  if (look.unseen !== undefined)
    console.log(`[${state.cluster}] ALTER SYSTEM couldn't be looked for: ${look.unseen}`);
  const before = adoptedOf(state);
  const found = foundSettings(look, knownSystemSettings(state));
  const split = splitAlterSystem(found, drift, parseDocument(applied) ?? {});
  const known = { ...state, alterSystem: split.wrong };
  if (key === undefined)
    return { ...known, config: "{}", adopted: adopted({}, split.adopted), modifyIndex: 0, ready: false };
  const standing = key.document ?? {};
  const others = adoptedSettings({ config: applied, drift }, state, standing);
  const ours = settingsBeyond(standing, others);
  const now = { ...known, adopted: adopted(others, split.adopted), modifyIndex: key.modifyIndex };
  const old = parseDocument(state.config) ?? {};
  const isKnown = sameValue(ours, old) && sameValue(others, before.config ?? {});
  if (isKnown) return now;
  // Whoever changed it, perhaps a run of this program that was killed, may not have seen it into effect.
  const config = sameValue(ours, old) ? state.config : documentText(inOrderOf(old, ours));
  return { ...now, config, ready: false };
}
