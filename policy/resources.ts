import type { PackResource } from "./rule";

/** Resources of this program that rules look at, and the properties that they read: those of providers/ and components/. */
const types = {
  storage: "pulumi-nodejs:dynamic/patroni:Storage",
  databases: "pulumi-nodejs:dynamic/patroni:Databases",
  config: "pulumi-nodejs:dynamic/patroni:Config",
  job: "nomad:index/job:Job",
  image: "docker:index/image:Image",
} as const;

/** A stack's resources of a kind. */
export function ofKind(
  kind: keyof typeof types,
  resources: readonly PackResource[],
): readonly PackResource[] {
  return resources.filter(({ type }) => type === types[kind]);
}

/** A property that is a text; empty where it is none. */
export function textOf({ props }: PackResource, name: string): string {
  const value = props[name];
  return typeof value === "string" ? value : "";
}

/** A property that is a number; 0 where it is none. */
export function numberOf({ props }: PackResource, name: string): number {
  const value = props[name];
  return typeof value === "number" ? value : 0;
}

/** A property that holds JSON; the text itself where it holds none. */
export function documentOf(resource: PackResource, name: string): unknown {
  const text = textOf(resource, name);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
