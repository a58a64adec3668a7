/** A value in Patroni's dynamic configuration as it may stand in Consul, whoever wrote it. */
export type ConfigValue =
  string | number | boolean | null | readonly ConfigValue[] | { readonly [key: string]: ConfigValue };

/** Patroni's dynamic configuration as it stands in `<namespace>/<scope>/config`. */
export interface ConfigDocument {
  readonly [key: string]: ConfigValue;
}

/** A setting whose value differs between two documents; `undefined` is a setting that isn't there. */
export interface SettingChange {
  /** Keys from the top of the document, for example `postgresql`, `parameters`, `max_connections`. */
  readonly path: readonly string[];
  readonly from: ConfigValue | undefined;
  readonly to: ConfigValue | undefined;
}

/**
 * Reads a document. `undefined` for text that isn't a JSON object: Patroni treats such a key as empty
 * (`ClusterConfig.from_node` in its patroni/dcs/__init__.py), and its leader writes its own over it.
 */
export function parseDocument(text: string): ConfigDocument | undefined {
  try {
    const value = JSON.parse(text) as ConfigValue;
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The document as it is put into Consul: compact, as Patroni's own `json.dumps(…, separators=(',', ':'))`. */
export function documentText(document: ConfigDocument): string {
  return JSON.stringify(document);
}

/**
 * Whether Patroni would take the two for the same: the order of keys means nothing, and `200` and `"200"` are
 * one value (`deep_compare` in its patroni/utils.py compares scalars as text).
 */
export function sameValue(one: ConfigValue | undefined, other: ConfigValue | undefined): boolean {
  if (isMapping(one) && isMapping(other)) {
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && sameValue(one[key], other[key]))
    );
  }
  if (isList(one) && isList(other)) {
    return one.length === other.length && one.every((element, index) => sameValue(element, other[index]));
  }
  return one === other || (isPlain(one) && isPlain(other) && String(one) === String(other));
}

/** Every setting that differs, in the order of the newer document, what it lacks last. */
export function changedSettings(before: ConfigDocument, after: ConfigDocument): readonly SettingChange[] {
  return changesBelow([], before, after);
}

/** The PostgreSQL parameter that a change is about, in lower case as PostgreSQL compares names; else undefined. */
export function changedParameter({ path }: SettingChange): string | undefined {
  const [section, group, name] = path;
  return section === "postgresql" && group === "parameters" ? name?.toLowerCase() : undefined;
}

/** `postgresql.parameters` of a document, names in lower case. */
export function documentParameters(document: ConfigDocument | undefined): ReadonlyMap<string, ConfigValue> {
  const postgresql = document?.["postgresql"];
  const parameters = isMapping(postgresql) ? postgresql["parameters"] : undefined;
  const entries = isMapping(parameters) ? Object.entries(parameters) : [];
  return new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

/** A change for people: `max_connections 100 -> 200`, `postgresql.pg_hba: 1 line added, 2 removed`. */
export function describeChange(change: SettingChange): string {
  return describeSetting(change, "->");
}

/** The same with another arrow between the values. */
export function describeSetting(change: SettingChange, arrow: string): string {
  const [, , ...parameter] = change.path;
  const name = (changedParameter(change) === undefined ? change.path : parameter).join(".");
  if (isList(change.from) && isList(change.to)) return `${name}: ${describeLists(change.from, change.to)}`;
  return `${name} ${describeValue(change.from)} ${arrow} ${describeValue(change.to)}`;
}

/**
 * The document with its keys in the order of another, what that one lacks last and by name, so that a diff of
 * the two shows what differs and nothing else.
 */
export function inOrderOf(reference: ConfigDocument, document: ConfigDocument): ConfigDocument {
  const rank = new Map(Object.keys(reference).map((key, index) => [key, index]));
  const position = (key: string) => rank.get(key) ?? rank.size;
  const keys = Object.keys(document).sort(
    (one, other) => position(one) - position(other) || (one < other ? -1 : 1),
  );
  return Object.fromEntries(
    keys.map((key) => {
      const [value, model] = [document[key], own(reference, key)];
      return [key, isMapping(value) ? inOrderOf(isMapping(model) ? model : {}, value) : (value ?? null)];
    }),
  );
}

function changesBelow(
  path: readonly string[],
  before: ConfigDocument,
  after: ConfigDocument,
): readonly SettingChange[] {
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [...Object.keys(after), ...removed].flatMap((key) => {
    const [from, to, here] = [own(before, key), own(after, key), [...path, key]];
    if (sameValue(from, to)) return [];
    // A section that comes or goes is told setting by setting, like one that changes.
    if (isMapping(from ?? to) && isMapping(to ?? from)) {
      const below = changesBelow(here, isMapping(from) ? from : {}, isMapping(to) ? to : {});
      if (below.length > 0) return below;
    }
    return [{ path: here, from, to }];
  });
}

/** Whoever wrote the document may have named a setting like something that every object inherits. */
function own(document: ConfigDocument, key: string): ConfigValue | undefined {
  return Object.hasOwn(document, key) ? document[key] : undefined;
}

function describeValue(value: ConfigValue | undefined): string {
  if (value === undefined) return "unset";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function describeLists(from: readonly ConfigValue[], to: readonly ConfigValue[]): string {
  const missing = (here: readonly ConfigValue[], there: readonly ConfigValue[]) =>
    here.filter((line) => !there.some((other) => sameValue(line, other))).length;
  const [added, removed] = [missing(to, from), missing(from, to)];
  if (added === 0 && removed === 0) return "order changed";
  const parts = [
    ...(added === 0 ? [] : [`${added} ${added === 1 ? "line" : "lines"} added`]),
    ...(removed === 0
      ? []
      : [`${removed} ${added === 0 ? (removed === 1 ? "line " : "lines ") : ""}removed`]),
  ];
  return parts.join(", ");
}

/** Whether a value holds others by name. */
export function isMapping(value: ConfigValue | undefined): value is ConfigDocument {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: ConfigValue | undefined): value is readonly ConfigValue[] {
  return Array.isArray(value);
}

function isPlain(value: ConfigValue | undefined): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
