import { allocationsOfVersion, newEvents, type Snapshot } from "../observed/snapshot";
import type { Allocation, TaskEvent } from "../observed/nomadState";
import type { Cause, CauseCode, CauseFinder } from "./cause";
import { allocationCommand } from "./commands";

type ImageCode = Extract<CauseCode, "image-denied" | "image-not-found" | "registry-unreachable">;

/** How a registry says no, in the words that Docker and Podman pass on. */
const refusals: readonly { readonly code: ImageCode; readonly pattern: RegExp }[] = [
  {
    code: "image-denied",
    pattern:
      /unauthorized|authentication required|access (to the resource is )?denied|no basic auth credentials|40[13] /i,
  },
  {
    code: "image-not-found",
    pattern:
      /manifest unknown|name unknown|not found|repository does not exist|no such image|no matching manifest/i,
  },
  {
    code: "registry-unreachable",
    pattern:
      /dial tcp|connection refused|no such host|i\/o timeout|timeout|TLS handshake|x509|server gave HTTP response to HTTPS client|EOF|5\d\d /i,
  },
];

/** A registry that doesn't answer may only be restarting. */
const unreachableAfterMs = 6_000;

/** Name of the fact that a registry couldn't be reached. */
const registryFact = "registry-unreachable";

interface Pull {
  readonly code: ImageCode;
  readonly image: string;
  readonly message: string;
  readonly allocation: Allocation;
}

/**
 * The image can't be pulled. Certain at the first "not found" or "denied", which are the registry's own answer;
 * when it can't be reached, after two failed pulls or one that has stood for 6 s.
 */
export const causeInImage: CauseFinder = ({ expectation, snapshot }) => {
  const failed = failedPulls(expectation, snapshot);
  const [first] = failed;
  if (first === undefined) return undefined;
  if (
    first.code === "registry-unreachable" &&
    failed.length < 2 &&
    snapshot.heldMs(registryFact) < unreachableAfterMs
  )
    return undefined;
  const wording = words(first);
  return {
    code: first.code,
    headline: wording.headline,
    details: [...new Set(failed.map(({ allocation, message }) => `${allocation.nodeName}: ${message}`))],
    nextCommand: `${wording.next}: ${allocationCommand(expectation, first.allocation)}`,
  };
};

/** Whether a registry couldn't be reached, as a fact whose age counts. */
export function imageFacts(...[expectation, snapshot]: Parameters<typeof failedPulls>): readonly string[] {
  const unreachable = failedPulls(expectation, snapshot).some(({ code }) => code === "registry-unreachable");
  return unreachable ? [registryFact] : [];
}

/**
 * Pulls that failed and weren't followed by a start. Where pulls had failed before the wait began, a single new failure
 * may still be that of a pull which was under way: the image may have been pushed since, and the next one will tell.
 */
function failedPulls(
  expectation: Parameters<typeof allocationsOfVersion>[0],
  snapshot: Snapshot,
): readonly Pull[] {
  return allocationsOfVersion(expectation, snapshot).flatMap((allocation) =>
    allocation.tasks.flatMap((task) => {
      const events = newEvents(snapshot, allocation, task);
      const started = events.map(({ type }) => type).lastIndexOf("Started");
      const failed = events.slice(started + 1).filter(isFailedPull);
      const before = task.events.filter(isFailedPull).length - events.filter(isFailedPull).length;
      return failed.length > (before > 0 ? 1 : 0)
        ? failed.map(({ message }) => pull(message, allocation))
        : [];
    }),
  );
}

function isFailedPull({ type, message }: TaskEvent): boolean {
  return type === "Driver Failure" && /pull/i.test(message);
}

function pull(message: string, allocation: Allocation): Pull {
  const code = refusals.find(({ pattern }) => pattern.test(message))?.code ?? "registry-unreachable";
  const image = /pull(?:ing)?(?: docker image)? [`"']?([^\s`"']+)[`"']?/i.exec(message)?.[1] ?? "the image";
  return { code, image: image.replace(/:$/, ""), message: message.replace(/\s+/g, " "), allocation };
}

function words({ code, image, allocation }: Pull): Pick<Cause, "headline"> & { next: string } {
  const node = allocation.nodeName;
  switch (code) {
    case "image-not-found":
      return {
        headline: `the registry has no image ${image}, which node ${node} asks for`,
        next: "Build and push it again: pulumi up --replace '**docker:index/image:Image**', with that node's architecture in platform.image.platforms; the event in full",
      };
    case "image-denied":
      return {
        headline: `the registry denies node ${node} the image ${image}`,
        next: "Give the node's driver credentials for the registry; the event in full",
      };
    case "registry-unreachable":
      return {
        headline: `node ${node} can't pull ${image}: the registry doesn't answer it`,
        next: "Check that the registry runs and that the nodes reach it by that name; the event in full",
      };
  }
}
