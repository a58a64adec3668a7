import type { GuardRail } from "./guardRail";

/** With fewer replicas than commits wait for, Patroni waits for fewer, and a failure leaves none. */
export const membersForSynchronousMode: GuardRail = {
  id: "members-for-synchronous-mode",
  of: "cluster",
  rule: {
    settings: ["patroni.synchronousMode", "patroni.synchronousNodeCount", "members"],
    violation({ patroni: { synchronousMode, synchronousNodeCount }, members }) {
      if (synchronousMode === "off" || members > synchronousNodeCount) return undefined;
      return {
        found: `synchronousMode ${synchronousMode} with synchronousNodeCount ${synchronousNodeCount} and members ${members}`,
        allowed: "more members than synchronousNodeCount, because the leader is none of its own replicas",
        next: `Set \`members\` to ${synchronousNodeCount + 1} or more, or \`patroni.synchronousMode\` to \`off\`.`,
      };
    },
  },
};
