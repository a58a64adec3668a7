"use strict";
/**
 * Lets Node load this project's TypeScript in the process of Pulumi's dynamic providers. What is compiled once is
 * kept under node_modules/.cache, by the hash of its text and the compiler's version: with it a provider is there
 * in a tenth of a second and without the compiler in memory, which every preview would otherwise pay for.
 *
 * JavaScript, because it is what loads the rest.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const cacheFolder = path.join(__dirname, "..", "node_modules", ".cache", "nomad-postgres", "providers");
const compilerVersion = require("typescript/package.json").version;
const settings = { target: "ES2020", module: "CommonJS", esModuleInterop: true, inlineSourceMap: true };
const salt = `${compilerVersion} ${JSON.stringify(settings)}`;

require.extensions[".ts"] = (module, file) => {
  module._compile(compiled(file), file);
};

function compiled(file) {
  const source = fs.readFileSync(file, "utf8");
  const hash = createHash("sha256").update(salt).update(file).update(source).digest("hex");
  const kept = path.join(cacheFolder, `${hash.slice(0, 32)}.js`);
  try {
    return fs.readFileSync(kept, "utf8");
  } catch {
    const output = compile(file, source);
    keep(kept, output);
    return output;
  }
}

function compile(file, source) {
  const ts = require("typescript");
  const compilerOptions = {
    ...settings,
    target: ts.ScriptTarget[settings.target],
    module: ts.ModuleKind[settings.module],
  };
  return ts.transpileModule(source, { fileName: file, compilerOptions }).outputText;
}

/** Another process may write the same file at the same moment, and a cache that can't be written is no harm. */
function keep(file, output) {
  const draft = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(cacheFolder, { recursive: true });
    fs.writeFileSync(draft, output);
    fs.renameSync(draft, file);
  } catch {
    // Compiled again next time.
  }
}
