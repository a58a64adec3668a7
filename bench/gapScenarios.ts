import { killContainer, loseNode, restoreNode } from "../lab/platform/faults";
import type { BenchContext } from "./context";
import type { GapSubject } from "./gapSubjects";
import { inContainer } from "./inContainer";

/** Something that interrupts writes. */
export interface GapScenario {
  readonly title: string;
  readonly target: string;
  /** Whether a longest gap, in milliseconds, meets the target. */
  readonly isMet: (milliseconds: number) => boolean;
  /** Does it to the member on the leader's node, and mends by hand what doesn't mend by itself. */
  readonly happen: (
    context: BenchContext,
    subject: GapSubject,
    node: string,
    untilWrites: UntilWrites,
  ) => Promise<void>;
}

/** Waits until the client has lost its connection and writes again. */
export type UntilWrites = () => Promise<void>;

/** What the targets are about. */
export const gapScenarios: readonly GapScenario[] = [
  {
    title: "rolling update of 3 members",
    target: "less than 1.2 s",
    isMet: (gap) => gap < 1200,
    happen: async (_context, subject) => subject.update(),
  },
  {
    title: "leader's postmaster killed",
    target: "less than 2.9 s",
    isMet: (gap) => gap < 2900,
    happen: async (context, subject, node, untilWrites) => {
      await killPostmaster(context, (await subject.containerOn(node)).id);
      await untilWrites();
    },
  },
  {
    title: "leader's container killed",
    target: "at most 5 s",
    isMet: (gap) => gap <= 5000,
    happen: async ({ settings }, subject, node, untilWrites) => {
      await killContainer(settings, await subject.containerOn(node));
      await untilWrites();
    },
  },
  {
    title: "leader's node lost",
    target: "at most 20 s",
    isMet: (gap) => gap <= 20_000,
    happen: async ({ settings, tools }, _subject, node, untilWrites) => {
      await loseNode(settings, node);
      try {
        await untilWrites();
      } finally {
        await restoreNode(settings, tools, node);
      }
    },
  },
];

/** A planned change of the leader; a section of its own, because it is worth more runs. */
export const switchoverScenario: GapScenario = {
  title: "planned switchover of 3 members",
  target: "at most 0.5 s",
  isMet: (gap) => gap <= 500,
  happen: async (_context, subject, _node, untilWrites) => {
    await subject.switchover();
    await untilWrites();
  },
};

/** Kills PostgreSQL's first process from inside the container, as its own user may. */
async function killPostmaster(context: BenchContext, container: string): Promise<void> {
  await inContainer(context, container, "kill -9 $(head -n 1 /data/*/postmaster.pid)");
}
