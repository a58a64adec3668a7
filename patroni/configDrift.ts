import { isMapping, type ConfigDocument, type ConfigValue } from "./configDocument";

/**
 * Settings that a stack's config decides although its document may lack them: absent means off. They are never somebody
 * else's to keep.
 */
export const decidedByAbsence: ConfigDocument = {
  pause: false,
  synchronous_node_count: 1,
  standby_cluster: false,
};

/**
 * The settings of a document for which none of the others says anything: what somebody added to them. A list is one
 * setting. Names of PostgreSQL's parameters are compared as PostgreSQL does, in lower case.
 */
export function settingsBeyond(
  document: ConfigDocument,
  ...others: readonly ConfigDocument[]
): ConfigDocument {
  return beyond([], document, others);
}

/** The document with further settings; where both say something, what `further` says. */
export function withSettings(document: ConfigDocument, further: ConfigDocument): ConfigDocument {
  const entries = Object.entries(further).map(([key, value]): [string, ConfigValue] => {
    const there = Object.hasOwn(document, key) ? document[key] : undefined;
    return [key, isMapping(value) && isMapping(there) ? withSettings(there, value) : value];
  });
  return { ...document, ...Object.fromEntries(entries) };
}

/** Whether a document says nothing. */
export function isEmpty(document: object): boolean {
  return Object.keys(document).length === 0;
}

function beyond(
  path: readonly string[],
  document: ConfigDocument,
  others: readonly ConfigDocument[],
): ConfigDocument {
  const entries = Object.entries(document).flatMap(([key, value]): readonly [string, ConfigValue][] => {
    const there = others.map((other) => valueOf(path, other, key)).filter((one) => one !== undefined);
    if (there.length === 0) return [[key, value]];
    if (!isMapping(value) || !there.every(isMapping)) return [];
    const below = beyond([...path, key], value, there);
    return isEmpty(below) ? [] : [[key, below]];
  });
  return Object.fromEntries(entries);
}

function valueOf(path: readonly string[], document: ConfigDocument, key: string): ConfigValue | undefined {
  if (Object.hasOwn(document, key)) return document[key];
  if (path.join(".") !== "postgresql.parameters") return undefined;
  const same = Object.keys(document).find((name) => name.toLowerCase() === key.toLowerCase());
  return same === undefined ? undefined : document[same];
}
