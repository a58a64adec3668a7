import type { ClusterObservation } from "../../patroni/status/observation";
import { HttpError, oneLine, send } from "../http";

/** What came of asking a member's Patroni to do something. */
export type ActRequest =
  /** Patroni has done it, or has begun to. */
  | { readonly kind: "taken"; readonly said: string }
  /** Whether Patroni does it can only be seen: the connection broke, or Patroni doesn't know yet itself. */
  | { readonly kind: "unknown"; readonly said: string }
  /** Patroni had begun, and gave up. */
  | { readonly kind: "failed"; readonly said: string }
  /** Nothing was begun. */
  | { readonly kind: "refused"; readonly said: string };

/** Patroni's words about a switchover that it took on (`poll_failover_result` in patroni/api.py). */
const undecided = /^Switchover status unknown/;
const givenUp = /^Switchover failed/;

/**
 * Sends a request to one of Patroni's unsafe REST endpoints. They are open where neither `restapi.authentication` nor
 * `restapi.allowlist` is set (`RestApiServer.check_access` in patroni/api.py).
 */
export async function requestAct(
  observation: ClusterObservation,
  member: string,
  path: "/switchover" | "/reinitialize",
  body: Readonly<Record<string, unknown>>,
  timeoutSeconds: number,
): Promise<ActRequest> {
  const keys = observation.keys.kind === "known" ? observation.keys.value.members : [];
  const address = keys.find(({ name }) => name === member)?.apiUrl;
  if (address === undefined) return { kind: "refused", said: "it hasn't said where its REST API is" };
  try {
    const reply = await send({ system: "Patroni", address }, { method: "POST", path, body, timeoutSeconds });
    const said = `${oneLine(reply.text)} (${reply.status})`;
    if (reply.status === 200) return { kind: "taken", said };
    if (undecided.test(reply.text)) return { kind: "unknown", said };
    if (givenUp.test(reply.text)) return { kind: "failed", said: `${said}; ${member}'s log has the reason` };
    const closed = reply.status === 401 || reply.status === 403;
    const hint = "; restapi.allowlist and restapi.authentication say who may ask";
    return { kind: "refused", said: `${said}${closed ? hint : ""}` };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { kind: "unknown", said: error.message };
  }
}
