import { X509Certificate } from "node:crypto";
import { isAbsolute, join } from "node:path";
import type { Machine } from "./source";

/** The image's build takes it as an argument, so it has to stay small. */
const mostBytes = 64 * 1024;

/** The file's absolute path, undefined if it is empty, or what was found in place of a file with certificates. */
export type ExtraCaFile = { readonly path: string | undefined } | { readonly found: string };

/** Looks into the file: a wrong one would only be noticed minutes later, as a failed download in the image's build. */
export function readExtraCaFile(written: string, machine: Machine): ExtraCaFile {
  const path = absolutePath(written, machine);
  const file = machine.readFile(path, mostBytes);
  switch (file.kind) {
    case "not needed":
      return { path };
    case "missing":
      return { found: `no file at ${path}` };
    case "unreadable":
      return { found: `a file at ${path} that can't be read (${file.reason})` };
    case "too large":
      return { found: `a file at ${path} of more than 64 KiB` };
    case "text": {
      if (file.text.trim() === "") return { path: undefined };
      const wrong = wrongPem(file.text);
      return wrong === undefined ? { path } : { found: `${wrong} in ${path}` };
    }
  }
}

function absolutePath(written: string, { homeDirectory, projectDirectory }: Machine): string {
  if (written.startsWith("~/")) return join(homeDirectory, written.slice(2));
  return isAbsolute(written) ? written : join(projectDirectory, written);
}

function wrongPem(text: string): string | undefined {
  if (text.includes("PRIVATE KEY-----")) return "a private key, which has no place in an image,";
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) return "no PEM certificate";
  const broken = certificates.findIndex((pem) => !isCertificate(pem));
  return broken === -1 ? undefined : `a broken certificate (number ${broken + 1})`;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
