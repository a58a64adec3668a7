import { strict as assert } from "node:assert";
import fc from "fast-check";
import { labSettings, loadLabSettings, type LabSettings } from "../../../lab/settings";

const home = "/home/ada";

function portsOf(settings: LabSettings): ReadonlySet<string> {
  const addresses = [settings.serverAddress, ...settings.nodes.map(({ address }) => address)];
  const fixed = addresses.flatMap((address) =>
    Object.values(settings.ports).map((port) => `${address}:${port}`),
  );
  const dynamic = settings.nodes.flatMap(({ address, dynamicPorts: { first, last } }) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${address}:${first + index}`),
  );
  return new Set([...fixed, ...dynamic]);
}

describe("lab settings", () => {
  it("have the tools' usual ports and a folder in the user's cache by default", () => {
    const settings = loadLabSettings({}, home);
    assert.equal(settings.stateDir, "/home/ada/.cache/nomad-postgres/lab");
    assert.equal(settings.toolsDir, "/home/ada/.cache/nomad-postgres/tools");
    assert.deepEqual(settings.ports, {
      consulHttp: 8500,
      consulServer: 8300,
      consulSerf: 8301,
      openBao: 8200,
      openBaoCluster: 8201,
      nomadHttp: 4646,
      nomadRpc: 4647,
      nomadSerf: 4648,
      registry: 5000,
    });
    assert.deepEqual(
      settings.nodes.map(({ name, address }) => `${name} ${address}`),
      ["node1 127.0.0.11", "node2 127.0.0.12", "node3 127.0.0.13"],
    );
  });

  it("shift every port by the offset and keep the state where they are told", () => {
    const settings = loadLabSettings(
      { NOMAD_POSTGRES_LAB_STATE: "/srv/lab/", NOMAD_POSTGRES_LAB_PORT_OFFSET: "2000" },
      home,
    );
    assert.equal(settings.stateDir, "/srv/lab");
    assert.equal(settings.ports.registry, 7000);
    assert.deepEqual(settings.nodes[1]?.dynamicPorts, { first: 22300, last: 22599 });
  });

  it("take empty variables for unset ones", () => {
    const env = { NOMAD_POSTGRES_LAB_STATE: "", NOMAD_POSTGRES_LAB_PORT_OFFSET: "" };
    assert.deepEqual(loadLabSettings(env, home), loadLabSettings({}, home));
  });

  for (const offset of ["-1000", "500", "12000", "1e3", "abc", " 1000", "1000.0"]) {
    it(`refuse the offset "${offset}" and say what is allowed`, () => {
      assert.throws(() => loadLabSettings({ NOMAD_POSTGRES_LAB_PORT_OFFSET: offset }, home), {
        name: "UserError",
        message: /NOMAD_POSTGRES_LAB_PORT_OFFSET is ".*", but must be a multiple of 1000 from 0 to 11000/,
      });
    });
  }

  for (const folder of ["lab", "./lab", "~/lab", "/"]) {
    it(`refuse the state folder "${folder}"`, () => {
      assert.throws(() => loadLabSettings({ NOMAD_POSTGRES_LAB_STATE: folder }, home), {
        name: "UserError",
        message: /NOMAD_POSTGRES_LAB_STATE is ".*", but must be the absolute path of a folder/,
      });
    });
  }

  it("give two labs with different offsets no port in common, and none of Linux's ephemeral ones", () => {
    const offset = fc.integer({ min: 0, max: 11 }).map((thousands) => thousands * 1000);
    fc.assert(
      fc.property(offset, offset, (one, other) => {
        fc.pre(one !== other);
        const [a, b] = [one, other].map((portOffset) =>
          portsOf(labSettings({ stateDir: "/s", cacheDir: "/c", portOffset })),
        );
        assert(a !== undefined && b !== undefined);
        assert.deepEqual(
          [...a].filter((port) => b.has(port)),
          [],
        );
        assert([...a].every((port) => Number(port.split(":")[1]) < 32768));
      }),
      { numRuns: 60 },
    );
  });
});
