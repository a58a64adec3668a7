import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { PulumiPlace } from "../../commands/pulumiCli";

/**
 * A double of the Pulumi CLI with one stack `prod`, as far as a command reads settings from it: `config --json` and
 * `stack --show-name`, and with a preview that was recorded. Its words and codes are those of Pulumi 3.245.0.
 */
export class PulumiDouble {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-double-"));

  constructor() {
    const script = `#!/bin/sh
[ "$NOT_SELECTED" = "" ] || { echo "error: no stack selected; please use \\\`pulumi stack select\\\`" >&2; exit 1; }
case " $* " in
  *" --stack prod "*) ;;
  *" --stack "*) echo "error: no stack named 'nope' found" >&2; exit 6 ;;
esac
case "$1" in
  config) cat "${this.folder}/config.json" ;;
  stack) echo prod ;;
  preview) echo "$*" > "${this.folder}/preview-arguments"; cat "${this.folder}/preview.json"; exit "$PREVIEW_CODE" ;;
esac
`;
    fs.writeFileSync(path.join(this.folder, "pulumi"), script, { mode: 0o755 });
  }

  /** Sets the stack's config: maps as they are before Pulumi makes JSON of them. */
  configure(config: Readonly<Record<string, unknown>>, secretKeys: readonly string[] = []): void {
    const entries = Object.entries(config).map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const secret = secretKeys.includes(key);
      return [`nomad-postgres:${key}`, secret ? { secret } : { value: text, secret }] as const;
    });
    fs.writeFileSync(path.join(this.folder, "config.json"), JSON.stringify(Object.fromEntries(entries)));
  }

  /** Sets what a preview prints. */
  previews(document: string): void {
    fs.writeFileSync(path.join(this.folder, "preview.json"), document);
  }

  /** What the last preview was called with. */
  previewArguments(): string {
    return fs.readFileSync(path.join(this.folder, "preview-arguments"), "utf8").trim();
  }

  place(env: Readonly<Record<string, string>> = {}): PulumiPlace {
    return {
      program: path.join(this.folder, "pulumi"),
      env: { ...process.env, ...env },
      projectDirectory: path.join(__dirname, "..", ".."),
    };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true });
  }
}
