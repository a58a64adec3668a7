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
  const keys = await readScope(place).catch((error: unknown) => {
    throw error instanceof HttpError ? unreachableConsul(error) : error;
  });
  const member = keys.members.find(({ name }) => name === keys.leader);
  if (member?.host === undefined || member.port === undefined) return undefined;
  return { name: member.name, host: member.host, port: member.port };
}
