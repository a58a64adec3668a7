import { strict as assert } from "node:assert";
import { appendFileSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryDirectory, makeStaging, publish, readEntry, type Key } from "../../../lab/toolchain/cache";
import { ensureEntry, type EnsuredEntry } from "../../../lab/toolchain/entry";
import { WayFailed } from "../../../lab/toolchain/making";
import { recordingReporter } from "../../support/recordingReporter";
import { inTemporaryFolder } from "./toolchainFakes";

const key: Key = { tool: "nomad", version: "1.11.3", ingredients: ["go.mod", "go.sum"] };

describe("the cache of tools", () => {
  const make = async (cacheDir: string, content = "a program"): Promise<EnsuredEntry> =>
    ensureEntry({
      cacheDir,
      key,
      programs: ["nomad"],
      reporter: recordingReporter(),
      make: (staging) => {
        writeFileSync(join(staging, "bin", "nomad"), content);
        writeFileSync(join(staging, "left.over"), "");
        return Promise.resolve();
      },
    });
  const visible = (cacheDir: string): string[] =>
    readdirSync(join(cacheDir, "nomad")).filter((name) => !name.startsWith("lock."));

  it("keeps an entry under version and hash, with nothing else in it", () =>
    inTemporaryFolder(async (cacheDir) => {
      const { entry, madeNow } = await make(cacheDir);
      assert.equal(madeNow, true);
      const directory = entryDirectory(cacheDir, key);
      assert.match(directory, /\/nomad\/1\.11\.3-[0-9a-f]{12}$/);
      assert.deepEqual(entry, { version: "1.11.3", programs: { nomad: join(directory, "bin", "nomad") } });
      assert.deepEqual(readdirSync(directory).sort(), ["bin", "manifest.json"]);
      assert.deepEqual(visible(cacheDir), [directory.replace(/^.*\//, "")]);
    }));

  it("makes an entry once", () =>
    inTemporaryFolder(async (cacheDir) => {
      await make(cacheDir);
      assert.equal((await make(cacheDir, "another")).madeNow, false);
    }));

  it("gives other ingredients an entry of their own", () => {
    const other = { ...key, ingredients: ["go.mod", "go.sum changed"] };
    assert.notEqual(entryDirectory("/c", key), entryDirectory("/c", other));
  });

  const damages: Readonly<Record<string, (directory: string) => void>> = {
    "a byte more": (directory) => {
      appendFileSync(join(directory, "bin", "nomad"), "x");
    },
    "no program": (directory) => {
      rmSync(join(directory, "bin", "nomad"));
    },
    "an empty manifest": (directory) => {
      writeFileSync(join(directory, "manifest.json"), "");
    },
    "a manifest without checksums": (directory) => {
      writeFileSync(join(directory, "manifest.json"), "{}");
    },
    "a manifest of null": (directory) => {
      writeFileSync(join(directory, "manifest.json"), "null");
    },
    "a checksum list of null": (directory) => {
      writeFileSync(join(directory, "manifest.json"), '{"version":"1.11.3","sha256":null}');
    },
    "a checksum list without the program": (directory) => {
      writeFileSync(join(directory, "manifest.json"), '{"version":"1.11.3","sha256":{}}');
    },
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`notices ${name}, and makes the entry again`, () =>
      inTemporaryFolder(async (cacheDir) => {
        await make(cacheDir);
        const directory = entryDirectory(cacheDir, key);
        damage(directory);
        assert.equal((await readEntry(directory, ["nomad"])).state, "damaged");
        assert.equal((await make(cacheDir)).madeNow, true);
        assert.equal((await readEntry(directory, ["nomad"])).state, "good");
        assert.equal(visible(cacheDir).length, 1);
      }));
  }

  it("is as it was after a making that failed, or left out a program", () =>
    inTemporaryFolder(async (cacheDir) => {
      const request = { cacheDir, key, programs: ["nomad"], reporter: recordingReporter() };
      const fails = ensureEntry({ ...request, make: () => Promise.reject(new WayFailed("no space")) });
      await assert.rejects(fails, /no space/);
      await assert.rejects(ensureEntry({ ...request, make: () => Promise.resolve() }), /brought no nomad/);
      assert.deepEqual(visible(cacheDir), []);
    }));

  it("clears away what an interrupted making left", () =>
    inTemporaryFolder(async (cacheDir) => {
      const staging = await makeStaging(cacheDir, "nomad");
      writeFileSync(join(staging, "bin", "nomad"), "half a progr");
      assert.equal((await readEntry(entryDirectory(cacheDir, key), ["nomad"])).state, "missing");
      await make(cacheDir);
      assert.equal(existsSync(staging), false);
    }));

  it("replaces an entry whole", () =>
    inTemporaryFolder(async (cacheDir) => {
      await make(cacheDir);
      const staging = await makeStaging(cacheDir, "nomad");
      writeFileSync(join(staging, "bin", "nomad"), "a newer program");
      const directory = entryDirectory(cacheDir, key);
      await publish(staging, directory, "1.11.4");
      const found = await readEntry(directory, ["nomad"]);
      assert.equal(found.state === "good" && found.entry.version, "1.11.4");
    }));
});
