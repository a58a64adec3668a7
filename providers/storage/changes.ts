import { immovableRefusal } from "../../patroni/storageMessages";
import { refused } from "./refused";
import { storageProviderVersion } from "./model";
import { inputNames, inputsOf, volumesOf, type Properties } from "./stateOf";

/** Inputs that say where the data and its keys are: they can't change while there are any. */
const immovable = ["kind", "volumeName", "nomadNamespace", "nomadRegion", "dcsPath"] as const;

/**
 * Whether an update is needed: an input differs, the provider behaves differently now, or the last run (or a
 * refresh) left the storage unready. Never asks for a replacement, which would delete data.
 *
 * Throws a ProviderFailure when the data would have to move.
 */
export function hasChanges(olds: Properties, news: Properties): boolean {
  refuseMoves(olds, news);
  if (olds["ready"] !== true || olds["providerVersion"] !== storageProviderVersion) return true;
  return inputNames.some((name) => canonical(olds[name]) !== canonical(news[name]));
}

/** Throws when inputs that say where the data is differ and there is something to lose. */
export function refuseMoves(olds: Properties, news: Properties): void {
  const holdsData = volumesOf(olds).length > 0 || (olds["kind"] === "ephemeral" && olds["ready"] === true);
  if (!holdsData) return;
  const changes = immovable
    .filter((name) => canonical(olds[name]) !== canonical(news[name]))
    .map((field) => ({ field, from: String(olds[field]), to: String(news[field]) }));
  if (changes.length > 0) throw refused(immovableRefusal(inputsOf(olds), changes));
}

/** The value as text, its keys sorted: Pulumi keeps no order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
