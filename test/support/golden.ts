import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const folder = path.join(__dirname, "..", "golden");

/**
 * Holds a document to the file of that name under `test/golden`. With UPDATE_GOLDEN=1 the file is written
 * instead; the change then shows in the diff, for a reviewer to read.
 */
export function assertGolden(name: string, actual: string): void {
  const file = path.join(folder, name);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, actual);
  }
  assert.equal(
    actual,
    fs.readFileSync(file, "utf8"),
    `differs from test/golden/${name}; UPDATE_GOLDEN=1 rewrites it`,
  );
}
