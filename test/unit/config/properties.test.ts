import assert from "node:assert/strict";
import fc from "fast-check";
import { loadConfig } from "../../../config/load";
import { ConfigError } from "../../../config/problem";
import { arbitraryCluster, arbitraryRawConfig, arbitraryStackConfig } from "./arbitrary";
import { loadRaw, problemLines, sourceOf } from "./sources";

describe("any config that is right", () => {
  it("has no problem", () => {
    fc.assert(
      fc.property(arbitraryRawConfig, (raw) => {
        assert.deepEqual(problemLines(raw), []);
      }),
      { numRuns: 200 },
    );
  });

  it("becomes the platform's cluster, then the tenants by name", () => {
    fc.assert(
      fc.property(arbitraryRawConfig, (raw) => {
        const { cluster } = raw["platform"] as { cluster?: unknown };
        const tenants = Object.keys(raw["tenants"] ?? {}).sort();
        const names = loadRaw(raw).clusters.map(({ name }) => name);
        assert.deepEqual(names, [...(cluster === undefined ? [] : ["platform"]), ...tenants]);
      }),
    );
  });

  it("means the same every time", () => {
    fc.assert(
      fc.property(arbitraryRawConfig, (raw) => {
        assert.deepEqual(loadRaw(raw), loadRaw(raw));
      }),
    );
  });

  it("gives each cluster a secret and a volume name of its own", () => {
    fc.assert(
      fc.property(arbitraryStackConfig, ({ clusters }) => {
        const secrets = clusters.map(({ credentials: { mount, path } }) => `${mount}/${path}`);
        const volumes = clusters.map(({ name, storage }) =>
          storage.type === "volume" ? storage.volumeName : name,
        );
        assert.equal(new Set(secrets).size, clusters.length);
        assert.equal(new Set(volumes).size, clusters.length);
      }),
    );
  });

  it("gives clusters that Patroni takes as they are", () => {
    fc.assert(
      fc.property(arbitraryCluster, ({ patroni, members, replicationNetworks, clientNetworks }) => {
        assert(patroni.ttlSeconds >= 20 && patroni.loopWaitSeconds >= 1 && patroni.retryTimeoutSeconds >= 3);
        assert(patroni.loopWaitSeconds + 2 * patroni.retryTimeoutSeconds <= patroni.ttlSeconds);
        assert(patroni.synchronousMode === "off" || members > patroni.synchronousNodeCount);
        assert(replicationNetworks.length > 0 && clientNetworks.length > 0);
      }),
    );
  });
});

describe("any config at all", () => {
  it("may hold the words that a message must not", () => {
    assertTakenOrRefused({ platform: "NaN", tenants: { undefined: [] } });
  });

  it("is taken, or refused in words", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.dictionary(fc.string(), fc.string()),
        (platform, tenants, rest) => {
          assertTakenOrRefused({ ...rest, platform, tenants });
        },
      ),
    );
  });

  it("is taken, or refused in words, when a right one has one value replaced", () => {
    fc.assert(
      fc.property(arbitraryRawConfig, fc.nat(), fc.jsonValue(), (raw, where, value) => {
        assertTakenOrRefused(replaced(raw, where, value));
      }),
      { numRuns: 200 },
    );
  });
});

/** What a message only says by mistake, unless it shows what the config says. */
const slips = /undefined|\[object|NaN|Invalid input|expected/;

function assertTakenOrRefused(raw: Readonly<Record<string, unknown>>): void {
  try {
    loadConfig(sourceOf(raw));
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    assert(error.problems.length > 0);
    if (!slips.test(JSON.stringify(raw))) assert.doesNotMatch(error.message, slips);
  }
}

/** The config with the nth value in it, counted through all levels, replaced by another. */
function replaced(
  raw: Readonly<Record<string, unknown>>,
  where: number,
  by: unknown,
): Record<string, unknown> {
  const copy = structuredClone(raw) as Record<string, unknown>;
  const places: (() => void)[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push(() => {
        Object.assign(value, { [key]: by });
      });
      visit(inner);
    }
  };
  visit(copy);
  places[where % places.length]?.();
  return copy;
}
