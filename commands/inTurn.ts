import type { Sender } from "../providers/acts/observeCluster";
import { HttpError } from "../providers/http";

/**
 * Lets at most so many requests run at once: Nomad takes 100 connections of one client and Consul 200
 * (`limits.http_max_conns_per_client`), and a stack may have more clusters. Once the API can't be reached or hasn't
 * answered in time, no more are sent, and all that wait fail as that one did: the whole takes no longer than one
 * deadline.
 */
export function inTurn(most: number): Sender {
  const waiting: (() => void)[] = [];
  let running = 0;
  let silence: HttpError | undefined;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      if (silence !== undefined) throw silence;
      return await work();
    } catch (error) {
      if (error instanceof HttpError && (error.kind === "unreachable" || error.kind === "timeout"))
        silence ??= error;
      throw error;
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
