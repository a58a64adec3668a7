import type { ConfigDocument } from "../../patroni/configDocument";

/** Patroni's own default of `loop_wait`. https://patroni.readthedocs.io/en/latest/dynamic_configuration.html */
const defaultLoopWaitSeconds = 10;

/** Seconds from one cycle of a member's HA loop to the next, by a configuration that the member has. */
export function loopWaitOf(document: ConfigDocument): number {
  const seconds = Number(document["loop_wait"] ?? defaultLoopWaitSeconds);
  return Number.isFinite(seconds) ? seconds : defaultLoopWaitSeconds;
}
