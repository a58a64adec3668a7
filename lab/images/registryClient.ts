import { createReadStream } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { pipeline } from "node:stream/promises";

/** A piece of an image as manifests name it. https://distribution.github.io/distribution/spec/manifest-v2-2/ */
export interface Descriptor {
  readonly mediaType: string;
  readonly size: number;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** Media types of a single-platform manifest, of a list of them, and of their parts. */
export const mediaTypes = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  list: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** One repository of a registry that speaks plain HTTP and asks for no login, as the lab's does. */
export interface Repository {
  /** `host:port`. */
  readonly registry: string;
  /** For example `lab/postgres`. */
  readonly name: string;
}

/** A manifest as the registry holds it. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

/**
 * The manifest of a tag, or undefined if there is none.
 * @throws {Error} when the registry does not answer, or neither with it nor with 404.
 */
export async function readManifest(repository: Repository, tag: string): Promise<StoredManifest | undefined> {
  const accept = [mediaTypes.list, mediaTypes.manifest].join(", ");
  const url = `${baseUrl(repository)}/manifests/${tag}`;
  const { status, headers, text } = await send("GET", url, { headers: { accept } });
  if (status === 404) return undefined;
  expect(status, 200, `GET ${url}`, text);
  const digest = headers["docker-content-digest"];
  if (typeof digest !== "string") throw new Error(`GET ${url}: no Docker-Content-Digest in the answer`);
  return { digest, mediaType: headers["content-type"] ?? "", text };
}

/** Stores a manifest under a tag and returns its descriptor. Everything that it names must be there already. */
export async function writeManifest(
  repository: Repository,
  tag: string,
  manifest: { readonly mediaType: string } & Readonly<Record<string, unknown>>,
): Promise<Descriptor> {
  const body = Buffer.from(JSON.stringify(manifest));
  const url = `${baseUrl(repository)}/manifests/${tag}`;
  const headers = { "content-type": manifest.mediaType, "content-length": body.length };
  const answer = await send("PUT", url, { headers, write: (sink) => void sink.end(body) });
  expect(answer.status, 201, `PUT ${url}`, answer.text);
  const digest = answer.headers["docker-content-digest"];
  if (typeof digest !== "string") throw new Error(`PUT ${url}: no Docker-Content-Digest in the answer`);
  return { mediaType: manifest.mediaType, size: body.length, digest };
}

/** What a blob is read from: a file, or bytes in memory. */
export type BlobSource = { readonly file: string } | { readonly bytes: Buffer };

/**
 * Uploads a blob unless the registry has it. `onBytes` is told how much has been sent. The registry checks the
 * digest and refuses what differs.
 */
export async function uploadBlob(
  repository: Repository,
  blob: Descriptor,
  source: BlobSource,
  onBytes?: (sent: number) => void,
): Promise<void> {
  const head = await send("HEAD", `${baseUrl(repository)}/blobs/${blob.digest}`, {});
  if (head.status === 200) return;
  const start = await send("POST", `${baseUrl(repository)}/blobs/uploads/`, {});
  expect(start.status, 202, "starting an upload", start.text);
  const target = new URL(start.headers.location ?? "", baseUrl(repository));
  target.searchParams.set("digest", blob.digest);
  const answer = await send("PUT", target.href, {
    headers: { "content-type": "application/octet-stream", "content-length": blob.size },
    write: (sink) => ("bytes" in source ? void sink.end(source.bytes) : copyFile(source.file, sink, onBytes)),
  });
  expect(answer.status, 201, `uploading ${blob.digest}`, answer.text);
}

async function copyFile(
  file: string,
  sink: NodeJS.WritableStream,
  onBytes?: (sent: number) => void,
): Promise<void> {
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  let sent = 0;
  stream.on("data", (chunk) => {
    sent += chunk.length;
    onBytes?.(sent);
  });
  await pipeline(stream, sink);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Message {
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Writes the body and ends it. */
  readonly write?: (sink: NodeJS.WritableStream) => Promise<void> | void;
}

/** Longest time without a byte either way. */
const silenceMilliseconds = 30_000;

async function send(method: string, url: string, { headers = {}, write }: Message): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, headers, agent: false, timeout: silenceMilliseconds },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => (text += chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        });
      },
    );
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`no answer within ${silenceMilliseconds / 1000} s`)),
    );
    outgoing.on("error", (error) => {
      reject(new Error(`${method} ${url}: ${error.message}`));
    });
    if (write === undefined) outgoing.end();
    else Promise.resolve(write(outgoing)).catch(reject);
  });
}

function expect(found: number, wanted: number, what: string, text: string): void {
  if (found !== wanted) throw new Error(`${what}: ${found} ${text.trim().slice(0, 300)}`);
}

function baseUrl({ registry, name }: Repository): string {
  return `http://${registry}/v2/${name}`;
}
