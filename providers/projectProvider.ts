import type { CompleteProvider } from "./presentable";
import { projectModule } from "./projectModule";

/**
 * A dynamic provider whose work stays in a module of this project, which exports it as `provider`. What Pulumi
 * stores of it in the state is a page of text that doesn't change when the work does: see `projectModule`.
 */
export function projectProvider(file: string): CompleteProvider {
  const load = () => (projectModule(file) as { readonly provider: CompleteProvider }).provider;
  return {
    check: async (olds, news) => load().check(olds, news),
    diff: async (id, olds, news) => load().diff(id, olds, news),
    create: async (inputs) => load().create(inputs),
    read: async (id, props) => load().read(id, props),
    update: async (id, olds, news) => load().update(id, olds, news),
    delete: async (id, props) => load().delete(id, props),
  };
}
