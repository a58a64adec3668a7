import { changedInputs } from "../changedInputs";
import { presentable, type CompleteProvider } from "../presentable";
import { changeLines, firstLines } from "./announce";
import type { ImpactInputs } from "./model";

/**
 * The lifecycle of a record of what a stack's clusters are, which is there for its `diff`: it says what a change does.
 *
 * | call   | does |
 * |--------|------|
 * | check  | where there is no record yet, says so |
 * | diff   | other facts: prints a line for each effect, worst first |
 * | create, update | keeps the facts; where not all of it could be made, those of before |
 * | read, delete | nothing: there is nothing but the state |
 */
export const provider: CompleteProvider = presentable({
  check: (olds: object, news: ImpactInputs) => {
    if (Object.keys(olds).length === 0) say(() => firstLines(news));
    return Promise.resolve({ inputs: news, failures: [] });
  },

  diff: (_id: string, olds: ImpactInputs, news: ImpactInputs) => {
    const changes = changedInputs<ImpactInputs>(["facts", "factsVersion"], olds, news).length > 0;
    if (changes) say(() => changeLines(olds, news));
    return Promise.resolve({ changes });
  },

  create: (inputs: ImpactInputs) =>
    Promise.resolve({
      id: inputs.record,
      outs: recordOf(isMade(inputs) ? inputs : { ...inputs, facts: {} }),
    }),

  update: (_id: string, olds: ImpactInputs, news: ImpactInputs) =>
    Promise.resolve({ outs: recordOf(isMade(news) ? news : olds) }),

  read: (id: string | undefined, state: ImpactInputs) =>
    Promise.resolve({ ...(id === undefined ? {} : { id }), props: recordOf(state), inputs: recordOf(state) }),

  delete: () => Promise.resolve(),
});

/** An attempt is one from the start. */
function isMade({ finished }: ImpactInputs): boolean {
  return finished !== false;
}

/** Prints lines. What can't be said is no reason to stop a preview. */
function say(lines: () => readonly string[]): void {
  try {
    for (const line of lines()) console.log(line);
  } catch (error) {
    console.log(`impact: can't be told (${String(error)}); everything else goes on as without it`);
  }
}

/** The record alone; Pulumi adds the provider's own text to what it hands over. */
function recordOf({ record, facts, factsVersion, finished }: ImpactInputs): ImpactInputs {
  return { record, facts, factsVersion, ...(finished === undefined ? {} : { finished }) };
}
