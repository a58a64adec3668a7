import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { mediaTypes, type Descriptor } from "./registryClient";

/** A layer of an image: a compressed tarball, and the digest of what is in it. */
export interface Layer {
  readonly descriptor: Descriptor;
  /** Digest of the tarball before compression, which an image's config names. */
  readonly diffId: string;
}

/**
 * Compresses a tarball into a layer file. Lightly: the time that it takes is waited for, and what it saves is
 * read over loopback.
 */
export async function compressLayer(tarball: string, layerFile: string): Promise<Layer> {
  const before = digester();
  const after = digester();
  await pipeline(
    createReadStream(tarball, { highWaterMark: 1 << 20 }),
    before.stream,
    createGzip({ level: 1, chunkSize: 1 << 18 }),
    after.stream,
    createWriteStream(layerFile),
  );
  const { size } = await stat(layerFile);
  return {
    descriptor: { mediaType: mediaTypes.layer, size, digest: after.digest() },
    diffId: before.digest(),
  };
}

/** The digest of a file, `sha256:` and 64 hex digits. */
export async function fileDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return `sha256:${hash.digest("hex")}`;
}

/** The digest of bytes in memory. */
export function bytesDigest(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function digester(): { readonly stream: Transform; digest(): string } {
  const hash = createHash("sha256");
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(undefined, chunk);
    },
  });
  return { stream, digest: () => `sha256:${hash.digest("hex")}` };
}
