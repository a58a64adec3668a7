import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { isMap } from "../../../config/check";
import { ConfigError } from "../../../config/problem";
import { constraintOperators } from "../../../config/schema/placement";
import { referenceTables } from "./reference";
import { loadRaw, problemLines } from "./sources";

const file = join(__dirname, "../../../docs/config.md");

function marked(name: string): RegExp {
  return new RegExp(`(<!-- ${name}: from the schema -->\n)[^]*?(<!-- end -->)`);
}

/** A YAML document as it stands in a stack's file, as Pulumi would hand it over. */
function rawOf(yaml: string): Record<string, unknown> {
  const parsed: unknown = parse(yaml);
  assert(isMap(parsed) && isMap(parsed["config"]));
  return Object.fromEntries(
    Object.entries(parsed["config"]).map(([key, value]) => [key.replace("nomad-postgres:", ""), value]),
  );
}

/** Holds the page to what it should be; with UPDATE_GOLDEN=1, makes it so. */
function hold(page: string, updated: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, updated);
  else assert.equal(page, updated, "docs/config.md differs from the program; UPDATE_GOLDEN=1 rewrites it");
}

function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))].map(
    ([, block = ""]) => block,
  );
}

describe("docs/config.md", () => {
  for (const [name, table] of referenceTables()) {
    it(`has every setting of the schema, as it is: ${name}`, () => {
      const page = readFileSync(file, "utf8");
      const updated = page.replace(
        marked(name),
        (_, before: string, after: string) => `${before}${table}\n${after}`,
      );
      hold(page, updated);
      assert(marked(name).test(page), `docs/config.md has no place for the table "${name}"`);
    });
  }

  it("names every operator of constraints", () => {
    const page = readFileSync(file, "utf8");
    for (const operator of constraintOperators) assert(page.includes(`\`${operator}\``), operator);
  });

  it("has examples that are right", () => {
    const examples = blocks(readFileSync(file, "utf8"), "yaml");
    assert(examples.length > 0);
    for (const example of examples) assert.deepEqual(problemLines(rawOf(example)), [], example);
  });

  it("has an example of a wrong config, and the message that belongs to it", () => {
    const page = readFileSync(file, "utf8");
    const [wrong] = blocks(page, "yaml wrong");
    assert(wrong !== undefined);
    assert.throws(
      () => loadRaw(rawOf(wrong)),
      (error) => {
        assert(error instanceof ConfigError);
        hold(
          page,
          page.replace(/(```text\n)[^]*?```/, (_, before: string) => `${before}${error.message}\n\`\`\``),
        );
        return true;
      },
    );
  });
});
