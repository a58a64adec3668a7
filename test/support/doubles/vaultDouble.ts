import type { Heard, Said, Script } from "../scriptedServer";
import { ScriptedServer } from "../scriptedServer";

interface Version {
  readonly data: Readonly<Record<string, unknown>>;
  deleted: boolean;
  destroyed: boolean;
}

/**
 * A double of Vault: one KV v2 engine at `secret/`, as far as credentials need it, answering as OpenBao 2.7
 * answered when it was asked the same. The real one has tests of its own in test/integration.
 */
export class VaultDouble {
  readonly secrets = new Map<string, Version[]>();
  sealed = false;
  /** What the token may not do: `GET data`, `POST data`, `DELETE metadata`, `GET engine`. */
  readonly denied = new Set<string>();
  engine: { readonly type: string; readonly options: { readonly version?: string } } = {
    type: "kv",
    options: { version: "2" },
  };
  /** Runs before a write is looked at, once: another run that comes first. */
  beforeWrite: (() => void) | undefined;

  private constructor(
    readonly server: ScriptedServer,
    readonly path: string,
  ) {}

  static async start(path: string): Promise<VaultDouble> {
    const double = new VaultDouble(await ScriptedServer.start(), path);
    double.server.play(double.script());
    return double;
  }

  /** The latest version's data, undefined where it is deleted or there is none. */
  latest(path = this.path): Readonly<Record<string, unknown>> | undefined {
    const version = this.secrets.get(path)?.at(-1);
    return version === undefined || version.deleted ? undefined : version.data;
  }

  put(data: Readonly<Record<string, unknown>>, path = this.path): void {
    const versions = this.secrets.get(path) ?? [];
    this.secrets.set(path, [...versions, { data, deleted: false, destroyed: false }]);
  }

  script(paths: readonly string[] = [this.path]): Script {
    const entries = paths.flatMap((path): [string, (heard: Heard) => Said][] => [
      [`GET /v1/secret/data/${path}`, (heard) => this.guarded("GET data", heard, () => this.read(path))],
      [
        `POST /v1/secret/data/${path}`,
        (heard) => this.guarded("POST data", heard, () => this.write(path, heard)),
      ],
      [
        `DELETE /v1/secret/metadata/${path}`,
        (heard) =>
          this.guarded("DELETE metadata", heard, () => {
            this.secrets.delete(path);
            return { status: 204, body: "" };
          }),
      ],
    ]);
    const look = (heard: Heard) => this.guarded("GET engine", heard, () => ({ body: { data: this.engine } }));
    return Object.fromEntries([...entries, ["GET /v1/sys/internal/ui/mounts/secret", look]]);
  }

  private guarded(action: string, heard: Heard, answer: () => Said): Said {
    if (this.sealed) return { status: 503, body: { errors: ["Vault is sealed"] } };
    if (heard.headers["x-vault-token"] !== "right" || this.denied.has(action))
      return { status: 403, body: { errors: ["1 error occurred:\n\t* permission denied\n\n"] } };
    return answer();
  }

  private read(path: string): Said {
    const versions = this.secrets.get(path) ?? [];
    const latest = versions.at(-1);
    if (latest === undefined || this.engine.options.version !== "2")
      return { status: 404, body: { errors: [] } };
    const metadata = {
      version: versions.length,
      deletion_time: latest.deleted ? "2026-01-01T00:00:00Z" : "",
      destroyed: latest.destroyed,
    };
    return latest.deleted
      ? { status: 404, body: { data: { data: null, metadata } } }
      : { body: { data: { data: latest.data, metadata } } };
  }

  private write(path: string, heard: Heard): Said {
    this.beforeWrite?.();
    this.beforeWrite = undefined;
    const { options, data } = heard.body as { options: { cas: number }; data: Record<string, unknown> };
    const versions = this.secrets.get(path) ?? [];
    if (options.cas !== versions.length)
      return { status: 400, body: { errors: ["check-and-set parameter did not match the current version"] } };
    this.put(data, path);
    return { body: { data: { version: versions.length + 1, destroyed: false } } };
  }
}
