import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pinnedPackages } from "../../support/pinnedPackages";

const read = (name: string): string => readFileSync(join(__dirname, "..", "..", "..", "image", name), "utf8");

describe("the image's pins", () => {
  it("name the same version of Patroni in the Dockerfile, in what is asked for and in what is pinned", () => {
    const asked = /^patroni\[.*\]==(\S+)$/m.exec(read("requirements.in"))?.[1];
    const labelled = /^ARG PATRONI_VERSION=(\S+)$/m.exec(read("Dockerfile"))?.[1];
    assert.ok(asked !== undefined);
    assert.equal(labelled, asked);
    assert.ok(pinnedPackages(read("requirements.txt")).includes(`patroni==${asked}`));
  });

  for (const file of ["requirements.txt", "build-requirements.txt"]) {
    it(`hold a hash for every package in ${file}, and nothing without an exact version`, () => {
      const lines = read(file)
        .replace(/\\\n/g, "")
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
      assert.ok(lines.length > 0);
      for (const line of lines)
        assert.match(line, /^[a-z0-9-]+==[0-9][^\s]*(\s+--hash=sha256:[0-9a-f]{64})+\s*$/);
    });
  }

  it("leave out of the build context all that the build doesn't copy", () => {
    const kept = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1))
      .sort();
    const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
      names.split(" "),
    );
    assert.deepEqual(copied.sort(), kept);
  });
});
