import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "./load";
import { thisMachine } from "./machine";
import type { StackConfig } from "./model";
import { ConfigError } from "./problem";
import type { ConfigSource } from "./source";

/**
 * The configuration of the stack that Pulumi runs the program for.
 *
 * @throws pulumi.RunError with everything that is wrong with it; Pulumi shows such an error without a stack trace
 */
export function readStackConfig(): StackConfig {
  try {
    return loadConfig(pulumiSource());
  } catch (error) {
    throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
  }
}

function pulumiSource(): ConfigSource {
  const prefix = `${pulumi.getProject()}:`;
  const inProject = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const values = Object.fromEntries(inProject.map(([key, value]) => [key.slice(prefix.length), value]));
  return {
    values,
    secretKeys: Object.keys(values).filter((key) => isSecret(`${prefix}${key}`)),
    machine: thisMachine(process.cwd()),
  };
}

/** Pulumi hands a secret's text to the program with the others, and says which are secret only in its runtime. */
function isSecret(fullKey: string): boolean {
  const { runtime }: { readonly runtime: object } = pulumi;
  const judge = "isConfigSecret" in runtime ? runtime.isConfigSecret : undefined;
  return typeof judge === "function" && Reflect.apply(judge, undefined, [fullKey]) === true;
}
