import { dropWords, parseDropWords } from "../databases/dropWords";
import { nameProblem } from "../databases/names";
import type { Cluster } from "../model";
import { wrongValue } from "../problem";
import type { GuardRail } from "./guardRail";

/** A database or a role is dropped only where the cluster's own entry says so in words, and has it no more itself. */
export const droppedOnlyInWords: GuardRail = {
  id: "dropped-only-in-words",
  of: "stack",
  problems: ({ clusters }) =>
    clusters.flatMap(({ cluster, layered }) =>
      (layered.settings.allow ?? []).flatMap((words, index) => {
        const found = wrongWords(words, cluster);
        const example = dropWords({ kind: "database", name: "<name>" }, cluster.name);
        const allowed = `\`${example}\` or \`${example.replace("database", "role")}\`, exactly, of what \`databases\` and \`roles\` don't have any more`;
        return found === undefined
          ? []
          : [wrongValue(`${cluster.configPath}.allow[${index}]`, found, allowed)];
      }),
    ),
};

/** What is wrong with words that are to allow a drop; undefined if nothing is. */
function wrongWords(words: string, cluster: Cluster): string | undefined {
  const drop = parseDropWords(words, cluster.name);
  if (drop === undefined) return JSON.stringify(words);
  const declared = drop.kind === "database" ? cluster.databases : cluster.roles;
  if (Object.hasOwn(declared, drop.name)) return `the ${drop.kind} \`${drop.name}\`, which is still declared`;
  return nameProblem(drop.kind, drop.name);
}
