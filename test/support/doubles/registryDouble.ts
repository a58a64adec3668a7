import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a registry answers to one request. */
interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * An image registry in memory: blobs and manifests of the distribution API, as far as an upload of one image
 * needs them. Like the real one it refuses a blob that is not what its digest says, and a manifest that names
 * what it doesn't have. https://distribution.github.io/distribution/spec/api/
 */
export class RegistryDouble {
  /** Stored blobs by digest. */
  readonly blobs = new Map<string, Buffer>();
  /** Stored manifests, by tag and by digest. */
  readonly manifests = new Map<string, { readonly mediaType: string; readonly text: string }>();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  /** Starts to listen and returns `host:port`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Stops listening. */
  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://registry");
    const reply = this.replyTo(request, url, Buffer.concat(chunks));
    response.writeHead(reply.status, reply.headers).end(request.method === "HEAD" ? undefined : reply.body);
  }

  private replyTo(request: IncomingMessage, url: URL, body: Buffer): Reply {
    const [, kind = "", name = ""] = /\/(blobs\/uploads|blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    switch (`${request.method} ${kind}`) {
      case "HEAD blobs":
        return { status: this.blobs.has(name) ? 200 : 404 };
      case "POST blobs/uploads":
        return { status: 202, headers: { location: `${url.pathname}one?state=kept` } };
      case "PUT blobs/uploads":
        return this.storeBlob(url, body);
      case "GET manifests":
        return this.manifest(name);
      case "PUT manifests":
        return this.storeManifest(name, request.headers["content-type"] ?? "", body.toString());
      default:
        return { status: 405, body: `${request.method} ${url.pathname}` };
    }
  }

  private storeBlob(url: URL, body: Buffer): Reply {
    const digest = digestOf(body);
    const asked = url.searchParams.get("digest");
    if (asked !== digest || url.searchParams.get("state") !== "kept")
      return { status: 400, body: "DIGEST_INVALID" };
    this.blobs.set(digest, body);
    return { status: 201 };
  }

  private storeManifest(tag: string, mediaType: string, text: string): Reply {
    const known = (digest: string): boolean => this.blobs.has(digest) || this.manifests.has(digest);
    const unknown = [...text.matchAll(/sha256:[0-9a-f]{64}/g)].filter(([digest]) => !known(digest));
    if (unknown.length > 0) return { status: 404, body: "MANIFEST_BLOB_UNKNOWN" };
    const digest = digestOf(Buffer.from(text));
    for (const name of [tag, digest]) this.manifests.set(name, { mediaType, text });
    return { status: 201, headers: { "docker-content-digest": digest } };
  }

  private manifest(name: string): Reply {
    const found = this.manifests.get(name);
    if (found === undefined) return { status: 404 };
    const digest = digestOf(Buffer.from(found.text));
    return {
      status: 200,
      headers: { "content-type": found.mediaType, "docker-content-digest": digest },
      body: found.text,
    };
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
