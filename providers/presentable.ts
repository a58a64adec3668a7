import type * as pulumi from "@pulumi/pulumi";
import { endWithEngine } from "./endWithEngine";

/** Every method of a dynamic provider. Pulumi fills outputs with nothing but the provider where `update` is absent. */
export type CompleteProvider = Required<Omit<pulumi.dynamic.ResourceProvider, "configure">>;

/**
 * What all providers of this program have in common. Their process ends with the engine (`endWithEngine`). And stack
 * traces are kept from users: when check, diff, read or delete throws, Pulumi's server for dynamic providers prints
 * `${error}: ${error.stack}` besides reporting the error's message. Errors of this program's own making get a pointer
 * to that message instead; a bug (a TypeError and the like) keeps its trace.
 */
export function presentable(provider: CompleteProvider): CompleteProvider {
  return {
    check: (olds, news) => whileEngineLives(() => provider.check(olds, news)),
    diff: (id, olds, news) => whileEngineLives(() => provider.diff(id, olds, news)),
    create: (inputs) => whileEngineLives(() => provider.create(inputs)),
    read: (id, props) => whileEngineLives(() => provider.read(id, props)),
    update: (id, olds, news) => whileEngineLives(() => provider.update(id, olds, news)),
    delete: (id, props) => whileEngineLives(() => provider.delete(id, props)),
  };
}

async function whileEngineLives<T>(work: () => Promise<T>): Promise<T> {
  endWithEngine();
  return work().catch(rethrow);
}

const bugs = [TypeError, RangeError, ReferenceError, SyntaxError];

function rethrow(error: unknown): never {
  if (error instanceof Error && !bugs.some((bug) => error instanceof bug)) {
    error.stack = "the reason is this resource's error";
    error.toString = () => "not done";
  }
  throw error;
}
