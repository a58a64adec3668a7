import type { Problem } from "../problem";
import type { Rule } from "../rule";
import { dataDeletedOnlyInWords } from "./dataDeletedOnlyInWords";
import { droppedOnlyInWords } from "./droppedOnlyInWords";
import type { GuardedStack, GuardRail } from "./guardRail";
import { membersForSynchronousMode } from "./membersForSynchronousMode";
import { noSecretInDocuments } from "./noSecretInDocuments";
import { nothingShared } from "./nothingShared";
import { pinnedBaseImages } from "./pinnedBaseImages";
import { throwAwayDataReplicated } from "./throwAwayDataReplicated";

/** Every guard rail. See docs/guard-rails.md. */
export const guardRails: readonly GuardRail[] = [
  dataDeletedOnlyInWords,
  droppedOnlyInWords,
  membersForSynchronousMode,
  nothingShared,
  noSecretInDocuments,
  pinnedBaseImages,
  throwAwayDataReplicated,
];

/** Those that look at one cluster, to be applied with its other rules. */
export const guardRailsOfClusters: readonly Rule[] = guardRails.flatMap((rail) =>
  rail.of === "cluster" ? [rail.rule] : [],
);

/** What those find that look at the whole stack. */
export function guardRailProblems(stack: GuardedStack): readonly Problem[] {
  return guardRails.flatMap((rail) => (rail.of === "stack" ? rail.problems(stack) : []));
}
