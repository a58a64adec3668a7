import { effectLine } from "../../patroni/impact/effect";
import { stackEffects } from "../../patroni/impact/stackEffects";
import { count } from "../../patroni/impact/wording";
import { unknownValue } from "../inputProblems";
import type { ImpactInputs } from "./model";

/** What the record of the attempt has said in this process, which the record of success need not say again. */
const said = new Set<string>();

/**
 * The lines of a change, worst first. From the last attempt, which may have gone half way, they are said before
 * anything is done, in previews and updates; from the last success in previews only, and only those that are new:
 * when an update gets to that record, everything is done.
 */
export function changeLines(olds: ImpactInputs, news: ImpactInputs): readonly string[] {
  if (news.record === "attempt") {
    const lines = comparedLines(olds, news);
    for (const line of lines) said.add(line);
    return lines;
  }
  const isPreview = (news.finished as unknown) === unknownValue;
  return isPreview ? comparedLines(olds, news).filter((line) => !said.has(line)) : [];
}

/** The line of a record that is made now: there is nothing to compare with. */
export function firstLines({ record, facts }: ImpactInputs): readonly string[] {
  if (record === "success") return [];
  const clusters = count(Object.keys(facts).length, "cluster");
  return [
    `impact: first record of ${clusters}; from the next change on, a preview says what it does to each`,
  ];
}

function comparedLines(olds: ImpactInputs, news: ImpactInputs): readonly string[] {
  if (olds.factsVersion === news.factsVersion) return stackEffects(olds.facts, news.facts).map(effectLine);
  return [
    "impact: the last record is of another version of this program, so it can't be said what changes; after this update it can",
  ];
}
