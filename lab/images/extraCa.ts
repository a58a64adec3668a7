import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { UserError } from "../userError";

/** Where a machine keeps its certificates. Every path may be absent. */
export interface TrustStore {
  /** PEM files with all that the machine trusts; the first that exists counts. */
  readonly bundles: readonly string[];
  /** Files, or folders searched to the bottom, with what the operating system came with. */
  readonly distribution: readonly string[];
  /** The same, with what the machine's administrator added. */
  readonly added: readonly string[];
}

/** Name of the file in a lab's state folder. */
const fileName = "extra-ca.pem";

/**
 * Linux takes 128 KiB for one argument or variable, as which the certificates reach the build, in base64:
 * a third longer. (MAX_ARG_STRLEN in linux/binfmts.h)
 */
const largestBytes = 64 * 1024;

/**
 * Writes the certificates that this machine trusts and an image of a distribution does not to
 * `extra-ca.pem` in `stateDir`: on a network that inspects TLS, a build needs them. The file is empty where
 * there are none. Returns its path.
 * @throws {UserError} when they are too many for a build.
 */
export function writeExtraCa(stateDir: string, store: TrustStore = machineTrustStore()): string {
  const file = join(stateDir, fileName);
  const pem = extraCertificates(store).join("");
  mkdirSync(stateDir, { recursive: true });
  // A file of the same content stays as it is: its time must not look like a change.
  if (!existsSync(file) || readFileSync(file, "utf8") !== pem) writeFileSync(file, pem);
  return file;
}

/** Where this machine keeps its certificates: `SSL_CERT_FILE` if set, else Debian's or Fedora's places. */
export function machineTrustStore(
  env: Readonly<Record<string, string | undefined>> = process.env,
): TrustStore {
  const asked = env["SSL_CERT_FILE"];
  return {
    bundles: [
      ...(asked === undefined || asked === "" ? [] : [asked]),
      "/etc/ssl/certs/ca-certificates.crt",
      "/etc/pki/tls/certs/ca-bundle.crt",
    ],
    distribution: ["/usr/share/ca-certificates", "/usr/share/pki/ca-trust-source"],
    added: ["/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"],
  };
}

/**
 * The certificates of a trust store, as PEM blocks, that are neither the distribution's nor Node's own. What
 * a distribution once shipped is left out even where Node knows nothing of it: it may have been withdrawn
 * since, and must not come back through an image.
 * @throws {UserError} when they are too many for a build.
 */
export function extraCertificates(store: TrustStore): readonly string[] {
  const bundle = store.bundles.find((path) => existsSync(path));
  if (bundle === undefined) return [];
  const known = fingerprints([...rootCertificates, ...store.distribution.flatMap(pemBlocksIn)]);
  const extra = without(known, pemBlocksIn(bundle));
  if (size(extra) <= largestBytes) return extra;
  const added = fingerprints(store.added.flatMap(pemBlocksIn));
  const narrowed = extra.filter((pem) => added.has(fingerprint(pem) ?? ""));
  if (narrowed.length > 0 && size(narrowed) <= largestBytes) return narrowed;
  throw new UserError(
    `${bundle} trusts ${extra.length} certificates beyond the operating system's own, ${size(extra)} bytes: more ` +
      `than the ${largestBytes} bytes that a build can be handed. Set SSL_CERT_FILE to a file with those alone that ` +
      `downloads need here.`,
  );
}

function without(known: ReadonlySet<string>, pems: readonly string[]): readonly string[] {
  const seen = new Set(known);
  return pems.filter((pem) => {
    const id = fingerprint(pem);
    if (id === undefined || seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

function fingerprints(pems: readonly string[]): ReadonlySet<string> {
  return new Set(pems.flatMap((pem) => fingerprint(pem) ?? []));
}

/** A certificate's SHA-256 fingerprint; undefined for what OpenSSL can't read, which no build could use either. */
function fingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}

/** Every PEM block of a file, or of all files under a folder, each with a newline at its end. */
function pemBlocksIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isDirectory())
    return readdirSync(path)
      .sort()
      .flatMap((name) => pemBlocksIn(join(path, name)));
  const blocks = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
  return [...readFileSync(path, "utf8").matchAll(blocks)].map(([pem]) => `${pem}\n`);
}

function size(pems: readonly string[]): number {
  return Buffer.byteLength(pems.join(""));
}
