/** Where the configuration comes from. Pulumi in the program, plain values in tests. */
export interface ConfigSource {
  /** Every key of the project's namespace that is set, with its text: JSON for maps and lists. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose value is, or holds, a secret. */
  readonly secretKeys: readonly string[];
  readonly machine: Machine;
}

/** The machine on which the program runs, as far as the config depends on it. */
export interface Machine {
  /** As Node.js names it: `x64`, `arm64`, … */
  readonly architecture: string;
  readonly homeDirectory: string;
  /** Folder of Pulumi.yaml. */
  readonly projectDirectory: string;
  readonly readFile: (path: string, mostBytes: number) => FileContent;
}

/** What is at a path. */
export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  /** Not looked at: whoever asks needs what the config says of the clusters, and no file. */
  | { readonly kind: "not needed" }
  | { readonly kind: "too large" }
  | { readonly kind: "unreadable"; readonly reason: string };
