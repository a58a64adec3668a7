import { documentParameters, type ConfigDocument } from "./configDocument";

/** What `ALTER SYSTEM` has set: values by parameter, by member. A member without any isn't there. */
export type MemberSettings = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What stands in place of a value that may hold a password. */
export const hiddenValue = "(not shown)";

/** Parameters whose values may hold passwords, or tell how to get one. */
const sensitive = /conninfo|passw(?!ord_encryption)|passphrase|secret|token|credential|_command$/i;

/** A value as it may be shown and kept in the state. */
export function shownValue(name: string, value: string): string {
  return sensitive.test(name) ? hiddenValue : value;
}

/** What is to be taken back, and what stays because the config doesn't decide it. */
export interface AlterSystemSplit {
  readonly wrong: MemberSettings;
  readonly adopted: MemberSettings;
}

/**
 * What becomes of what `ALTER SYSTEM` has set: everything is wrong, unless what the config doesn't set is to be adopted.
 */
export function splitAlterSystem(
  found: MemberSettings,
  drift: "correct" | "adopt",
  config: ConfigDocument,
): AlterSystemSplit {
  if (drift === "correct") return { wrong: found, adopted: {} };
  const decided = documentParameters(config);
  const only = (isWanted: (name: string) => boolean) =>
    withoutEmpty(
      Object.entries(found).map(([member, settings]) => [
        member,
        Object.fromEntries(Object.entries(settings).filter(([name]) => isWanted(name.toLowerCase()))),
      ]),
    );
  return { wrong: only((name) => decided.has(name)), adopted: only((name) => !decided.has(name)) };
}

/** Members with what they have, the ones without anything left out. */
export function withoutEmpty(
  members: readonly (readonly [string, Readonly<Record<string, string>>])[],
): MemberSettings {
  return Object.fromEntries(members.filter(([, settings]) => Object.keys(settings).length > 0));
}

/** For people: `work_mem = 64MB on node1 and node2, ssl_passphrase_command = (not shown) on node3`. */
export function describeAlterSystem(settings: MemberSettings): string {
  const members = new Map<string, string[]>();
  for (const [member, values] of Object.entries(settings))
    for (const [name, value] of Object.entries(values)) {
      const text = `${name} = ${value}`;
      members.set(text, [...(members.get(text) ?? []), member]);
    }
  return [...members].map(([text, names]) => `${text} on ${listed(names)}`).join(", ");
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
