import { adoptedParts, standingObjects } from "../../patroni/databases/drift";
import { HttpError } from "../http";
import { ProviderFailure } from "../failure";
import { PostgresError } from "../postgresSession";
import type { DatabasesState } from "./model";
import { observe, type Observation } from "./observe";
import { findSuperuser } from "./reconcile";

/**
 * How what was asked for stands, so that a diff shows what somebody changed. That nobody can be asked is told in a line,
 * and what was known stays.
 */
export async function refreshed(state: DatabasesState): Promise<DatabasesState> {
  const look = await lookAt(state);
  if (look === undefined) return state;
  const { applied, drift } = state;
  const adopted = adoptedParts(look.found, applied, applied, drift);
  for (const part of adopted.filter((one) => !state.adopted.includes(one)))
    console.log(`[${state.cluster}] ${part} by other hands: kept`);
  return { ...state, ...standingObjects(look.found, applied, drift), adopted };
}

async function lookAt(state: DatabasesState): Promise<Observation | undefined> {
  try {
    return await observe(await findSuperuser(state), state.applied, []);
  } catch (error) {
    if (!(error instanceof ProviderFailure || error instanceof HttpError || error instanceof PostgresError))
      throw error;
    const why = error instanceof ProviderFailure ? error.headline : error.message;
    console.log(`[${state.cluster}] databases and roles couldn't be looked at: ${why}`);
    return undefined;
  }
}
