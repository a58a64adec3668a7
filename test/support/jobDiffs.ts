/** Pieces of Nomad's difference of two jobs, on the way from the job that it has to the one that is wanted. */

type Type = "None" | "Added" | "Deleted" | "Edited";

export interface FieldDiff {
  readonly Type: Type;
  readonly Name: string;
  readonly Old: string;
  readonly New: string;
  readonly Annotations: null;
}

export interface ObjectDiff {
  readonly Type: Type;
  readonly Name: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
}

/** A field; one that has a value on one side only was added or deleted, as Nomad says. */
export function field(Name: string, Old: string, New: string): FieldDiff {
  const Type = Old === New ? "None" : Old === "" ? "Added" : New === "" ? "Deleted" : "Edited";
  return { Type, Name, Old, New, Annotations: null };
}

export function object(
  Type: Type,
  Name: string,
  Fields: readonly FieldDiff[],
  Objects: readonly ObjectDiff[] | null = null,
): ObjectDiff {
  return { Type, Name, Fields, Objects };
}

/** A part of a job: its fields and its objects. */
export interface PartDiff {
  readonly fields?: readonly FieldDiff[];
  readonly objects?: readonly ObjectDiff[];
}

/** The difference of a job with the group `members` and its task `patroni`. */
export function jobDiff(parts: { job?: PartDiff; group?: PartDiff; task?: PartDiff }): object {
  const part = ({ fields = [], objects = [] }: PartDiff = {}) => ({ Fields: fields, Objects: objects });
  return {
    Type: "Edited",
    ID: "postgres-acme",
    ...part(parts.job),
    TaskGroups: [
      {
        Type: "Edited",
        Name: "members",
        ...part(parts.group),
        Tasks: [{ Type: "Edited", Name: "patroni", ...part(parts.task), Annotations: [] }],
        Updates: {},
      },
    ],
  };
}

/** Nomad's answer to a plan; what it would do to members by Nomad's own names. */
export function planAnswer(
  JobModifyIndex: number,
  Diff: object,
  updates: Readonly<Record<string, number>> = {},
): object {
  return { JobModifyIndex, Diff, Annotations: { DesiredTGUpdates: { members: updates } } };
}
