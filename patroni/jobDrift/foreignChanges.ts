/**
 * What differs in a job that Nomad has from the one that the program registered, in words for people: nobody but others
 * can have done that. Lists are bounded, sorted, and hold no secret.
 */
export interface ForeignChanges {
  /** What the job says otherwise, or no longer: `group members: count 3 → 2`, `stopped`. */
  readonly changed: readonly string[];
  /** What was added, of which the program's job says nothing: `job: meta[owner] "dba" added`. */
  readonly added: readonly string[];
}

/** Nobody has changed anything. */
export const noForeignChanges: ForeignChanges = { changed: [], added: [] };

/** What is known of a job's differences, and how often it was registered anew because of them. */
export interface RegistrationRecord {
  readonly changes: ForeignChanges;
  /** What others added and the job keeps, because `patroni.drift` says so. */
  readonly adopted: readonly string[];
  readonly registration: number;
}

/** What a program wants that registers a job. */
export interface RegistrationWish {
  readonly drift: "correct" | "adopt";
  /** Whether the program's own job has changed: registering it replaces what others added. */
  readonly changedByConfig: boolean;
}

/** All that differs, changes first. */
export function allChanges({ changed, added }: ForeignChanges): readonly string[] {
  return [...changed, ...added];
}

/**
 * Whether a job is to be registered anew because of what others did to it. A job is registered as a whole: where
 * additions are adopted they stay as long as nothing else differs, and go with the rest.
 */
export function takesBack({ changes, adopted }: RegistrationRecord, drift: "correct" | "adopt"): boolean {
  if (changes.changed.length > 0) return true;
  return drift === "correct" && changes.added.length + adopted.length > 0;
}

/** What is to be known after an update. The number grows with each registration that others have made necessary. */
export function wantedRecord(
  known: RegistrationRecord,
  { drift, changedByConfig }: RegistrationWish,
): RegistrationRecord {
  const back = takesBack(known, drift);
  const kept = back || changedByConfig ? [] : [...known.adopted, ...known.changes.added];
  return { changes: noForeignChanges, adopted: kept, registration: known.registration + (back ? 1 : 0) };
}

/** What was found, less what is adopted already. */
export function foundRecord(known: RegistrationRecord, found: ForeignChanges): RegistrationRecord {
  const adopted = known.adopted.filter((one) => found.added.includes(one));
  const added = found.added.filter((one) => !adopted.includes(one));
  return { changes: { changed: found.changed, added }, adopted, registration: known.registration };
}
