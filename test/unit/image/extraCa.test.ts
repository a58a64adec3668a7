import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import {
  extraCertificates,
  machineTrustStore,
  writeExtraCa,
  type TrustStore,
} from "../../../lab/images/extraCa";

describe("the extra certificates of a machine", () => {
  let folder: string;
  let own: string;
  let withdrawn: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "extra-ca-"));
    own = selfSigned(folder, "Company Root");
    withdrawn = selfSigned(folder, "Withdrawn Root");
    mkdirSync(join(folder, "distribution", "mozilla"), { recursive: true });
    mkdirSync(join(folder, "added"));
    writeFileSync(join(folder, "distribution", "mozilla", "withdrawn.crt"), withdrawn);
    writeFileSync(join(folder, "added", "company.crt"), own);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function store(bundle: string, over: Partial<TrustStore> = {}): TrustStore {
    const file = join(folder, "bundle.pem");
    writeFileSync(file, bundle);
    return {
      bundles: [join(folder, "absent.pem"), file],
      distribution: [join(folder, "distribution")],
      added: [join(folder, "added")],
      ...over,
    };
  }

  it("are those that neither Node nor the distribution came with, each once", () => {
    const bundle = [...rootCertificates, withdrawn, own, `# a comment\n${own}`].join("\n");
    assert.deepEqual(extraCertificates(store(bundle)), [own]);
  });

  it("are found in spite of other line ends and of blocks that hold no certificate", () => {
    const broken = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
    assert.equal(extraCertificates(store(broken + own.replace(/\n/g, "\r\n"))).length, 1);
  });

  it("are none where the machine keeps no bundle", () => {
    assert.deepEqual(extraCertificates(store("", { bundles: [join(folder, "absent.pem")] })), []);
  });

  it("are those that the administrator added where all would be too many for a build", () => {
    assert.deepEqual(extraCertificates(store(own + many(folder))), [own]);
  });

  it("are refused, with what to do, where even so they are too many", () => {
    const tooMany = store(own + many(folder), { added: [] });
    assert.throws(
      () => extraCertificates(tooMany),
      /trusts \d+ certificates .* Set SSL_CERT_FILE to a file/s,
    );
  });

  it("are written to the state folder, and left alone there while nothing changes", () => {
    const stateDir = join(folder, "state", "lab");
    const file = writeExtraCa(stateDir, store(own));
    assert.equal(file, join(stateDir, "extra-ca.pem"));
    assert.equal(readFileSync(file, "utf8"), own);
    utimesSync(file, 1, 1);
    writeExtraCa(stateDir, store(own));
    assert.equal(statSync(file).mtimeMs, 1000);
    writeExtraCa(stateDir, store(""));
    assert.equal(readFileSync(file, "utf8"), "");
  });

  it("come from SSL_CERT_FILE first", () => {
    assert.equal(machineTrustStore({ SSL_CERT_FILE: "/company/ca.pem" }).bundles[0], "/company/ca.pem");
    assert.deepEqual(machineTrustStore({ SSL_CERT_FILE: "" }).bundles, machineTrustStore({}).bundles);
  });
});

/** Makes a certificate with the machine's openssl and returns its PEM block. */
function selfSigned(folder: string, name: string, altNames = 1): string {
  const out = join(folder, `${name}.pem`);
  const alt = Array.from(
    { length: altNames },
    (_, index) => `DNS:host-${index}.a-rather-long-name.example.net`,
  );
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
    ].concat(
      ["-subj", `/CN=${name}`, "-keyout", join(folder, "key.pem"), "-out", out],
      ["-addext", `subjectAltName=${alt.join(",")}`],
    ),
    { stdio: "ignore" },
  );
  return readFileSync(out, "utf8");
}

/** A few certificates that are together beyond what a build can be handed. */
function many(folder: string): string {
  return [1, 2].map((number) => selfSigned(folder, `Large ${number}`, 700)).join("");
}
