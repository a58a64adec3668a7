import { superuserPassword as passwordInLab } from "../../lab/superuserPassword";
import { loadLabSettings } from "../../lab/settings";

/** The superuser's password of a cluster whose credentials this program generated, from the lab's OpenBao. */
export function superuserPassword(cluster: string): Promise<string> {
  return passwordInLab(loadLabSettings(), cluster);
}

/** A variable that the test runner sets for tests on the lab. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run these tests with npm test`);
  return value;
}
