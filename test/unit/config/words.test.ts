import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCidr } from "../../../config/cidr";
import { describeFound } from "../../../config/found";
import { isImageReference, isImageRepository } from "../../../config/imageReference";
import { renderPath } from "../../../config/settingPath";
import { parseSize, renderSize } from "../../../config/size";
import { nearestSpelling } from "../../../config/spelling";
import { arbitraryNetwork } from "./arbitraryNetwork";

describe("a size", () => {
  it("is a number and a unit", () => {
    const sizes = {
      "10GiB": 10 * 2 ** 30,
      "1.5 GiB": 1.5 * 2 ** 30,
      "512MiB": 2 ** 29,
      "2TB": 2e12,
      "3MB": 3e6,
    };
    for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseSize(text), bytes, text);
    for (const text of ["10", "GiB", "10gib", "-1GiB", "1e3GiB", "10 KiB", ""])
      assert.equal(parseSize(text), undefined);
  });

  it("is read as it is written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 20 }), (mib) => {
        assert.equal(parseSize(renderSize(mib * 2 ** 20)), mib * 2 ** 20);
      }),
    );
  });
});

describe("a network", () => {
  it("is right with no bits beyond its prefix", () => {
    fc.assert(
      fc.property(arbitraryNetwork(0), (network) => {
        assert.equal(parseCidr(network).ok, true);
      }),
    );
  });

  it("is suggested where bits or the prefix are too much or missing", () => {
    const suggestions = {
      "10.1.2.3/8": "10.0.0.0/8",
      "192.168.7.9/31": "192.168.7.8/31",
      "10.1.2.3": "10.1.2.3/32",
      "::1": "::1/128",
      "2001:db8:0:1::5/48": "2001:db8::/48",
      "::ffff:10.0.0.1/104": "::ffff:a00:0/104",
    };
    for (const [text, suggestion] of Object.entries(suggestions)) {
      assert.deepEqual(parseCidr(text), { ok: false, suggestion }, text);
    }
    for (const text of [
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.0/08",
      "::/129",
      "fe80::%eth0/64",
      "x/8",
      "1.2.3.4/8/8",
      "",
    ]) {
      assert.deepEqual(parseCidr(text), { ok: false, suggestion: undefined }, text);
    }
  });
});

describe("an image", () => {
  it("has a repository, with or without a registry", () => {
    for (const name of [
      "patroni",
      "acme/patroni",
      "registry.example.net/a/b",
      "127.0.0.1:5000/patroni",
      "[::1]:5000/x",
    ]) {
      assert(isImageRepository(name), name);
      assert(isImageReference(`${name}:17-trixie`), name);
      assert(isImageReference(`${name}@sha256:${"0".repeat(64)}`), name);
    }
    for (const name of [
      "",
      "Patroni",
      "a//b",
      "a/b:tag",
      "http://a/b",
      "a/b/",
      "a b",
      `a@sha256:${"0".repeat(64)}`,
    ]) {
      assert(!isImageRepository(name), name);
    }
  });
});

describe("the nearest spelling", () => {
  const keys = ["members", "memoryMb", "cpuMhz", "ttlSeconds", "loopWaitSeconds", "parameters"];

  it("is that of a slip, of another style, or of a beginning", () => {
    const meant = {
      memebers: "members",
      member: "members",
      Members: "members",
      memory: "memoryMb",
      memory_mb: "memoryMb",
      "ttl-seconds": "ttlSeconds",
      ttl: "ttlSeconds",
      paramaters: "parameters",
    };
    for (const [word, key] of Object.entries(meant)) assert.equal(nearestSpelling(word, keys), key, word);
  });

  it("is none where nothing is near", () => {
    for (const word of ["", "x", "replicas", "mem"])
      assert.equal(nearestSpelling(word, keys), undefined, word);
  });
});

describe("what was found", () => {
  it("is shown in short", () => {
    assert.equal(describeFound("a".repeat(100), []), `"${"a".repeat(59)}…`);
    assert.equal(describeFound({ a: "b".repeat(100) }, []), "a map");
    assert.equal(describeFound(undefined, []), "nothing");
  });

  it("is not shown where it may be a secret", () => {
    const secrets: readonly (readonly [unknown, readonly string[]])[] = [
      ["hunter2", ["password"]],
      ["hunter2", ["existing", "fields", "rewindPassword"]],
      [12345, ["api_key"]],
      ["hvs.CAESIJ0123456789abcdefghij", ["keyPrefix"]],
      ["-----BEGIN EC PRIVATE KEY-----", ["extraCaFile"]],
      ["host=a password=b", ["primary_conninfo"]],
      [{ secret: "x" }, ["resources"]],
      [["http://u:p@h"], ["addresses"]],
    ];
    for (const [value, path] of secrets)
      assert.match(describeFound(value, path), /not shown/, path.join("."));
    assert.equal(describeFound("md5", ["parameters", "password_encryption"]), '"md5"');
  });
});

describe("a path", () => {
  it("is written as Pulumi takes it", () => {
    assert.equal(
      renderPath(["tenants", "acme", "constraints", 0, "value"]),
      "tenants.acme.constraints[0].value",
    );
    assert.equal(renderPath(["parameters", "a.b"]), 'parameters["a.b"]');
  });
});
