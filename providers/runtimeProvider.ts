import type * as pulumi from "@pulumi/pulumi";
import { projectModule } from "./projectModule";

/** Every method of a dynamic provider. Pulumi fills outputs with nothing but the provider where `update` is absent. */
export type CompleteProvider = Required<Omit<pulumi.dynamic.ResourceProvider, "configure">>;

/**
 * A dynamic provider whose code stays in this project: every call loads `providers/<module>.ts` and goes to its
 * `provider`. So the text in the state (see `projectModule`) doesn't change when the code does, the code may use
 * classes and packages freely, and destroy and refresh run today's code instead of that of the last update.
 *
 * Make one for each kind of resource, not one for each resource: Pulumi makes its text anew for every object.
 */
export function runtimeProvider(module: string): CompleteProvider {
  const load = () =>
    (projectModule(`./providers/${module}`) as { readonly provider: CompleteProvider }).provider;
  return {
    check: async (olds, news) => load().check(olds, news),
    diff: async (id, olds, news) => load().diff(id, olds, news),
    create: async (inputs) => load().create(inputs),
    read: async (id, props) => load().read(id, props),
    update: async (id, olds, news) => load().update(id, olds, news),
    delete: async (id, props) => load().delete(id, props),
  };
}
