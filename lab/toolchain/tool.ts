import type { Reporter } from "../report";

/**
 * The tools that `ensureTools` sees to when it isn't told which. Besides them it then gets mmdebstrap where
 * that can be had: it is needed only where base images can't be pulled. The emulation is for those who ask.
 */
export const defaultToolNames = ["pulumi", "nomad", "consul", "bao", "docker", "docker-registry"] as const;

/** One of {@link defaultToolNames}. */
export type DefaultToolName = (typeof defaultToolNames)[number];

/** Every tool that the lab can be asked for, by the name of its main program (`docker` stands for the engine). */
export type ToolName = DefaultToolName | "mmdebstrap" | "arm64Emulation";

/** Where a tool came from in this run. `cache` means: made by an earlier run, and verified just now. */
export type ToolSource = "path" | "mise" | "go" | "pypi" | "debian" | "cache";

/** A tool that is there, runs, and is new enough. */
export interface Tool {
  /** Absolute path of the main program. */
  readonly path: string;
  /** Its version as it says itself, digits and dots only (`1.11.3`). */
  readonly version: string;
  readonly source: ToolSource;
  /**
   * Absolute path of every program that came with it, by name, the main one included. `pulumi` has
   * `pulumi`, `pulumi-language-nodejs` and `pulumi-resource-pulumi-nodejs`, all in one directory; `docker`
   * has `docker`, and `dockerd` unless the engine that answers runs elsewhere.
   */
  readonly programs: Readonly<Record<string, string>>;
}

/** What `ensureTools` returns: one {@link Tool} per name that was asked for. */
export type Tools<N extends ToolName = DefaultToolName> = Readonly<Record<N, Tool>>;

/** What `ensureTools` needs to know. */
export interface EnsureToolsOptions<N extends ToolName = DefaultToolName> {
  /** Where built and downloaded tools are kept, outside the checkout; in folders of their own. Made if missing. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  /** Only these, and all of them. Default: see {@link defaultToolNames}. */
  readonly only?: readonly N[];
}
