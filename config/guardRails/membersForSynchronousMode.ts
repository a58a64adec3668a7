import type { Violation } from "../rule";
import type { GuardRail } from "./guardRail";

/** What the rule looks at. */
export interface SynchronousMembers {
  /** `off`, or how commits wait. */
  readonly mode: string;
  /** How many replicas they wait for. */
  readonly nodeCount: number;
  readonly members: number;
}

/** With fewer replicas than commits wait for, Patroni waits for fewer, and a failure leaves none. */
export const membersForSynchronousMode: GuardRail = {
  id: "members-for-synchronous-mode",
  of: "cluster",
  rule: {
    settings: ["patroni.synchronousMode", "patroni.synchronousNodeCount", "members"],
    violation({ patroni: { synchronousMode, synchronousNodeCount }, members }) {
      const mode = synchronousMode;
      return tooFewMembers({ mode, nodeCount: synchronousNodeCount, members });
    },
  },
};

/** What is wrong with a number of members, or undefined. */
export function tooFewMembers({ mode, nodeCount, members }: SynchronousMembers): Violation | undefined {
  if (mode === "off" || members > nodeCount) return undefined;
  return {
    found: `synchronousMode ${mode} with synchronousNodeCount ${nodeCount} and members ${members}`,
    allowed: "more members than synchronousNodeCount, because the leader is none of its own replicas",
    next: `Set \`members\` to ${nodeCount + 1} or more, or \`patroni.synchronousMode\` to \`off\`.`,
  };
}
