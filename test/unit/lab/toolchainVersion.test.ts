import { strict as assert } from "node:assert";
import { compareVersions, findVersion, whyUnfit } from "../../../lab/toolchain/version";

describe("versions of tools", () => {
  it("are found in what the tools print", () => {
    const printed: Readonly<Record<string, string | undefined>> = {
      "v3.245.0\n": "3.245.0",
      "Nomad v1.11.3\nBuildDate 2026-03-11T12:00:00Z\n": "1.11.3",
      "Consul v1.20.6+ent\nBuild Date 1970-01-01T00:00:01Z\n": "1.20.6",
      "OpenBao v2.7.2 (9e0a0d3c3504a0a00b45e61355afac5e35c78379), committed 2026-10-26": "2.7.2",
      "Docker version 20.10.24+dfsg1, build 5d6db84": "20.10.24",
      "docker-registry github.com/docker/distribution 2.8.2+ds1": "2.8.2",
      "/usr/bin/docker-registry github.com/distribution/distribution/v3 v3.0.0+unknown": "3.0.0",
      "mmdebstrap 1.3.5": "1.3.5",
      "qemu-aarch64 version 7.2.15 (Debian 1:7.2+dfsg-7+deb12u18+b3)": "7.2.15",
      "27.0": "27.0",
      "no number here": undefined,
    };
    for (const [text, version] of Object.entries(printed)) assert.equal(findVersion(text), version, text);
  });

  it("are compared number by number", () => {
    const ascending = ["1.9", "1.9.1", "1.10.0", "1.11.3", "2.0", "20.10.24"];
    for (const [index, version] of ascending.entries()) {
      for (const [other, against] of ascending.entries()) {
        assert.equal(Math.sign(compareVersions(version, against)), Math.sign(index - other));
      }
    }
    assert.equal(compareVersions("1.10", "1.10.0"), 0);
  });

  it("do from the minimum up to the next major version", () => {
    const range = { minimum: "1.11.0", belowMajor: 2 };
    assert.equal(whyUnfit("1.11.0", range), undefined);
    assert.equal(whyUnfit("1.30.0", range), undefined);
    assert.match(whyUnfit("1.10.9", range) ?? "", /older than 1\.11\.0/);
    assert.match(whyUnfit("2.0.0", range) ?? "", /major version that has not been tried/);
    assert.equal(whyUnfit("99.1", { minimum: "20.10" }), undefined);
  });
});
