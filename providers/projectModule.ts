import { createRequire } from "node:module";
import * as path from "node:path";

/**
 * Loads a module of this project inside the process of Pulumi's dynamic providers, which runs in the project's
 * folder without TypeScript. The path is relative to that folder.
 *
 * Pulumi keeps the text of a dynamic provider in the state of every resource, twice. A provider that only loads
 * its work from the project is small and hardly ever changes; one that holds it is some hundred kB for each
 * cluster (docs/leader-wait.md has the figures). This function is part of that text: it must not depend on
 * anything but Node's own modules.
 */
export function projectModule(file: string): unknown {
  const fromProject = createRequire(path.join(process.cwd(), "package.json"));
  // Tests load the providers in a process where TypeScript is loaded already.
  if (!(Symbol.for("ts-node.register.instance") in process)) fromProject("./providers/loadTypeScript.js");
  return fromProject(file);
}
