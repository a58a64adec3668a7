import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A policy that stands in docs/rights, as operators copy it. */
export function rightsDocument(name: string): string {
  return readFileSync(join(__dirname, "..", "..", "docs", "rights", name), "utf8");
}
