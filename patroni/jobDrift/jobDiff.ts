import { moveNoteOf } from "../moves/moveJob";
import { elements, fields, text, type Fields } from "../observed/json";
import type { ForeignChanges } from "./foreignChanges";
import { describeValue, describeValues } from "./shownChange";

/** A difference, and whether the wanted job says nothing of it. */
interface Difference {
  readonly words: string;
  readonly isAddition: boolean;
}

/** More would only make a preview unreadable. */
const most = 12;

/** Names that tell one object of a list from another. */
const labels = ["Name", "DestPath", "Label", "Volume", "Attribute"];

/**
 * Nomad's own difference from the job that it has to the one that is wanted, in words, which say it the other way
 * round: what somebody did to the wanted one. Nomad fills its defaults into both before it compares them.
 *
 * `Added` and `Deleted` are Nomad's words for the way to the wanted job: what is `Deleted` on it, somebody has added.
 *
 * Source: `JobDiff` in nomad/structs/diff.go (1.11.3); https://developer.hashicorp.com/nomad/api-docs/jobs#sample-response-21
 */
export function foreignChanges(diff: unknown): ForeignChanges {
  const job = fields(diff);
  const all = [
    ...(isStopped(job) ? [{ words: "stopped", isAddition: false }] : []),
    ...under("job", [], withoutStop(job)),
    ...elements(job["TaskGroups"]).map(fields).flatMap(ofGroup),
  ];
  const words = (isAddition: boolean) => bounded(all.filter((one) => one.isAddition === isAddition));
  return { changed: words(false), added: words(true) };
}

function ofGroup(group: Fields): readonly Difference[] {
  const title = `group ${text(group["Name"]) ?? ""}`;
  const whole = wholly(title, group);
  if (whole !== undefined) return [whole];
  return [
    ...under(title, [], group),
    ...elements(group["Tasks"])
      .map(fields)
      .flatMap((task) => {
        const name = `task ${text(task["Name"]) ?? ""}`;
        const all = wholly(name, task);
        return all === undefined ? under(name, [], task) : [all];
      }),
  ];
}

/** A group or a task that came or went as a whole. */
function wholly(title: string, { Type }: Fields): Difference | undefined {
  if (Type === "Deleted") return { words: `${title} added`, isAddition: true };
  return Type === "Added" ? { words: `${title} removed`, isAddition: false } : undefined;
}

function under(title: string, path: readonly string[], part: Fields): readonly Difference[] {
  return [
    ...elements(part["Fields"])
      .map(fields)
      .flatMap((field) => ofField(title, path, field)),
    ...elements(part["Objects"])
      .map(fields)
      .flatMap((object) => ofObject(title, path, object)),
  ];
}

function ofField(title: string, path: readonly string[], field: Fields): readonly Difference[] {
  const here = [...path, lowerFirst(text(field["Name"]) ?? "")];
  const [standing, wanted] = [text(field["Old"]) ?? "", text(field["New"]) ?? ""];
  switch (field["Type"]) {
    case "Deleted":
      return [{ words: `${title}: ${describeValue(here, standing)} added`, isAddition: true }];
    case "Added":
    case "Edited":
      return [
        {
          words: `${title}: ${describeValues({ path: here, from: wanted, to: standing })}`,
          isAddition: false,
        },
      ];
    default:
      return [];
  }
}

function ofObject(title: string, path: readonly string[], object: Fields): readonly Difference[] {
  const { Type } = object;
  if (Type !== "Edited" && Type !== "Added" && Type !== "Deleted") return [];
  const isAddition = Type === "Deleted";
  const values = valuesOf(object, isAddition ? "Old" : "New");
  const note = isAddition ? moveNoteOf(values) : undefined;
  if (note !== undefined)
    return [{ words: `a move of ${note.from} to ${note.to} under way (npm run move)`, isAddition: false }];
  const name = lowerFirst(text(object["Name"]) ?? "");
  const label = labels.map((one) => text(values[one])).find((one) => one !== undefined);
  const here = [...path, label === undefined ? name : `${name} ${label}`];
  if (Type === "Edited") return under(title, here, object);
  const { LTarget, Operand, RTarget } = values;
  const rule = [LTarget, Operand, RTarget].flatMap((one) => text(one) ?? []).join(" ");
  const what = rule === "" ? here.join(".") : describeRule(here, rule);
  return [{ words: `${title}: ${what} ${isAddition ? "added" : "removed"}`, isAddition }];
}

/** A constraint or an affinity: `constraint ${attr.cpu.arch} = arm64`. */
function describeRule(path: readonly string[], rule: string): string {
  return `${path.join(".")} ${rule.length > 80 ? `${rule.slice(0, 80)}…` : rule}`;
}

/** An object's fields on one side of the difference. */
function valuesOf(object: Fields, side: "Old" | "New"): Fields {
  return Object.fromEntries(
    elements(object["Fields"])
      .map(fields)
      .map((field) => [text(field["Name"]) ?? "", field[side]]),
  );
}

function isStopped(job: Fields): boolean {
  return stopField(job)?.["Old"] === "true";
}

function stopField(job: Fields): Fields | undefined {
  return elements(job["Fields"])
    .map(fields)
    .find(({ Name, Type }) => Name === "Stop" && Type !== "None");
}

function withoutStop(job: Fields): Fields {
  const stop = stopField(job);
  return { ...job, Fields: elements(job["Fields"]).filter((one) => fields(one) !== stop) };
}

function bounded(differences: readonly Difference[]): readonly string[] {
  const words = [...new Set(differences.map((one) => one.words))].sort();
  return words.length <= most ? words : [...words.slice(0, most), `and ${words.length - most} more`];
}

/** `MemoryMB` is `memoryMB`, `CPU` is `cpu`. */
function lowerFirst(name: string): string {
  return /^[A-Z]+$/.test(name) ? name.toLowerCase() : name.slice(0, 1).toLowerCase() + name.slice(1);
}
