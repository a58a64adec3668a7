import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { StackConfig } from "../../../../config/model";
import { severities } from "../../../../patroni/impact/effect";
import { tenantFacts, type StackFacts, type TenantFacts } from "../../../../patroni/impact/facts";
import { stackEffects } from "../../../../patroni/impact/stackEffects";
import { arbitraryCluster, arbitraryStackConfig } from "../../config/arbitrary";
import { examplePlatform } from "../../../support/examples";

const imagePrefix = "registry.example.net/patroni:17";

function factsOf({ platform, clusters }: StackConfig): StackFacts {
  return Object.fromEntries(
    clusters.map((cluster) => [cluster.name, tenantFacts({ cluster, platform, imagePrefix })]),
  );
}

/** The facts without PostgreSQL's parameters, which may differ and mean the same. */
function withoutParameters(facts: TenantFacts): unknown {
  const { postgresql, ...config } = facts.config as { readonly postgresql?: { readonly pg_hba?: unknown } };
  return { ...facts, config: { ...config, pg_hba: postgresql?.pg_hba } };
}

describe("the effects of any change", () => {
  it("are none when nothing changes, and need nothing that JSON doesn't keep", () => {
    fc.assert(
      fc.property(arbitraryStackConfig, (stack) => {
        const facts = factsOf(stack);
        assert.deepEqual(stackEffects(JSON.parse(JSON.stringify(facts)) as StackFacts, facts), []);
      }),
    );
  });

  it("come worst first, and name every tenant that comes or goes", () => {
    fc.assert(
      fc.property(arbitraryStackConfig, arbitraryStackConfig, (one, other) => {
        const [before, after] = [factsOf(one), factsOf(other)];
        const effects = stackEffects(before, after);
        const ranks = effects.map(({ severity }) => severities.indexOf(severity));
        assert.deepEqual(
          ranks,
          [...ranks].sort((a, b) => a - b),
        );
        const told = new Set(effects.map(({ tenant }) => tenant));
        for (const name of [...Object.keys(before), ...Object.keys(after)])
          if (!Object.hasOwn(before, name) || !Object.hasOwn(after, name)) assert.ok(told.has(name), name);
      }),
    );
  });

  it("leave no difference between two clusters untold", () => {
    fc.assert(
      fc.property(arbitraryCluster, arbitraryCluster, (one, other) => {
        const facts = (cluster: typeof one) =>
          tenantFacts({ cluster: { ...cluster, name: "acme" }, platform: examplePlatform, imagePrefix });
        const [before, after] = [facts(one), facts(other)];
        const effects = stackEffects({ acme: before }, { acme: after });
        if (!isDeepStrictEqual(withoutParameters(before), withoutParameters(after)))
          assert.ok(effects.length > 0);
        for (const { change, consequence } of effects)
          assert.doesNotMatch(`${change}: ${consequence}`, /undefined|NaN|\[object|\bnull\b/);
      }),
      { numRuns: 300 },
    );
  });
});
