import type { ScopeKeys } from "../patroni/observed/consulKeys";
import { readScope, unreachableConsul, type KeyPlace } from "./config/configKey";
import { HttpError } from "./http";
import type { PostgresAddress } from "./postgresSession";

/** Where the leader's PostgreSQL listens. */
export interface Leader extends PostgresAddress {
  readonly name: string;
}

/**
 * The member that holds the leader lock; undefined where there is none, or it hasn't said where it listens. Throws a
 * ProviderFailure where Consul can't be asked.
 */
export async function findLeader(place: KeyPlace): Promise<Leader | undefined> {
  return leaderOf(await readMembers(place));
}

/** What Consul has of the cluster. Throws a ProviderFailure where it can't be asked. */
export async function readMembers(place: KeyPlace): Promise<ScopeKeys> {
  return readScope(place).catch((error: unknown) => {
    throw error instanceof HttpError ? unreachableConsul(error) : error;
  });
}

/** The same of keys that were read. */
export function leaderOf({ leader, members }: ScopeKeys): Leader | undefined {
  const member = members.find(({ name }) => name === leader);
  if (member?.host === undefined || member.port === undefined) return undefined;
  return { name: member.name, host: member.host, port: member.port };
}
