import assert from "node:assert/strict";
import { loadConfig } from "../../../config/load";
import type { FileContent } from "../../../config/source";
import { machineWith, problemLines, sourceOf, stackWith } from "./sources";

/** Self-signed, of an elliptic curve, for nobody. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBfDCCASGgAwIBAgIUKzQEs0I/sWDWwUxC4Ym+lMO5VT8wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZXhhbXBsZTAgFw0yNjExMjMwNjE3NTBaGA8yMTI2MTAzMDA2
MTc1MFowEjEQMA4GA1UEAwwHZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABJ01CY+4YgGf0Lm0WhQ0LEGxXa7ghfO4CLpsd3z/lwE5bZwwQsouotQgBdsW
LJzO0c5Nc0ld1VrphdkoeQ6CJcGjUzBRMB0GA1UdDgQWBBSULDoCB6KKYICx0Lut
s1wY0ruDljAfBgNVHSMEGDAWgBSULDoCB6KKYICx0Luts1wY0ruDljAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCNS0+gTPZ5DamL3YyNOmUqWQ2S
6qf5JDHjEsf7S6fsQQIhAMxTTNS8PdwPx842Xhn36IEw3QgKxevXP3B+a2dL8H67
-----END CERTIFICATE-----
`;

const allowed =
  "allowed: a file with PEM certificates, at most 64 KiB. Without the setting, nothing is added.";

function withFile(written: string, path: string, content: FileContent) {
  const raw = stackWith({}, { image: { extraCaFile: written } });
  return { raw, rest: { machine: machineWith({ [path]: content }) } };
}

describe("the file with certificates for the image's build", () => {
  it("is found in the home directory, from the project, or where its path says", () => {
    const places = [
      ["~/ca.pem", "/home/operator/ca.pem"],
      ["certs/ca.pem", "/srv/databases/certs/ca.pem"],
      ["/etc/ssl/ca.pem", "/etc/ssl/ca.pem"],
    ] as const;
    for (const [written, path] of places) {
      const text = `# ours\n${certificate}\n${certificate}`;
      const { raw, rest } = withFile(written, path, { kind: "text", text });
      assert.equal(loadConfig(sourceOf(raw, rest)).platform.image.extraCaFile, path);
    }
  });

  it("may be empty, which is as good as none", () => {
    const { raw, rest } = withFile("/ca.pem", "/ca.pem", { kind: "text", text: "\n" });
    assert.equal(loadConfig(sourceOf(raw, rest)).platform.image.extraCaFile, undefined);
  });

  const wrong: readonly (readonly [FileContent, string])[] = [
    [{ kind: "missing" }, "no file at /ca.pem"],
    [{ kind: "too large" }, "a file at /ca.pem of more than 64 KiB"],
    [{ kind: "unreadable", reason: "EACCES" }, "a file at /ca.pem that can't be read (EACCES)"],
    [{ kind: "text", text: "hello" }, "no PEM certificate in /ca.pem"],
    [
      { kind: "text", text: `${certificate}${certificate.replace("MII", "AAA")}` },
      "a broken certificate (number 2) in /ca.pem",
    ],
    [
      { kind: "text", text: `${certificate}-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n` },
      "a private key, which has no place in an image, in /ca.pem",
    ],
  ];
  for (const [content, found] of wrong) {
    it(`is refused: ${found}`, () => {
      const { raw, rest } = withFile("/ca.pem", "/ca.pem", content);
      assert.deepEqual(problemLines(raw, rest), [`platform.image.extraCaFile: found ${found}; ${allowed}`]);
    });
  }
});
