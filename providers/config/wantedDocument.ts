import type { MemberSettings } from "../../patroni/alterSystem";
import { parseDocument, type ConfigDocument } from "../../patroni/configDocument";
import { decidedByAbsence, isEmpty, settingsBeyond, withSettings } from "../../patroni/configDrift";
import type { Adopted, ConfigInputs, ConfigState } from "./model";

/**
 * What a document in Consul holds that others set and that is kept: nothing unless drift is to be adopted; then what
 * neither the config says, nor did when it was last applied (or what leaves the config would stay for ever).
 */
export function adoptedSettings(
  { config, drift }: Pick<ConfigInputs, "config" | "drift">,
  last: ConfigState | undefined,
  standing: ConfigDocument | undefined,
): ConfigDocument {
  if (drift !== "adopt" || standing === undefined) return {};
  return settingsBeyond(standing, parseDocument(config) ?? {}, appliedDocument(last), decidedByAbsence);
}

/** What is to stand in Consul, given what stands there. */
export function wantedDocument(
  inputs: Pick<ConfigInputs, "config" | "drift">,
  last: ConfigState | undefined,
): (standing: ConfigDocument | undefined) => ConfigDocument {
  const ours = parseDocument(inputs.config) ?? {};
  return (standing) => withSettings(ours, adoptedSettings(inputs, last, standing));
}

/** What the last run left in Consul, as far as it knew: its own document and what it kept of others. */
export function lastDocument(last: ConfigState | undefined): ConfigDocument | undefined {
  const own = parseDocument(last?.config ?? "");
  return own === undefined ? undefined : withSettings(own, adoptedOf(last).config ?? {});
}

/** The document that the config last asked for. */
export function appliedDocument(last: ConfigState | undefined): ConfigDocument {
  return parseDocument(last?.applied ?? "") ?? {};
}

/** What a state says is adopted. */
export function adoptedOf(last: ConfigState | undefined): Adopted {
  return last?.adopted ?? {};
}

/** All that `ALTER SYSTEM` had set at the last look, wrong or adopted, by member. */
export function knownSystemSettings({ alterSystem, adopted }: ConfigState): MemberSettings {
  const members = new Set([...Object.keys(alterSystem), ...Object.keys(adopted.alterSystem ?? {})]);
  return Object.fromEntries(
    [...members].map((name) => [name, { ...adopted.alterSystem?.[name], ...alterSystem[name] }]),
  );
}

/** Without the parts that are empty. */
export function adopted(config: ConfigDocument, alterSystem: MemberSettings): Adopted {
  return {
    ...(isEmpty(config) ? {} : { config }),
    ...(isEmpty(alterSystem) ? {} : { alterSystem }),
  };
}
