import { shortId } from "../../patroni/observed/nomadState";
import { passwordParts } from "../../patroni/rotation";
import { listNames } from "../config/describe";
import { Deadline, until } from "../config/until";
import { readSecret } from "../credentials/kv2";
import { ProviderFailure } from "../failure";
import type { Progress } from "../progress";
import type { RotationInputs } from "./model";
import { pinVersion, readPinnedVersion, type PinnedVersion } from "./pinnedVersion";
import { notReloaded, readRuns, type MemberRun } from "./reloads";
import { placeOf, type Secret } from "./secret";

/** How long members may take to render a version and load it, in seconds. */
const reloadSeconds = 60;

/** Names the version to the members, and waits until everyone that runs has loaded it, if it is news to them. */
export async function handOut(inputs: RotationInputs, secret: Secret, progress: Progress): Promise<void> {
  const pinned = await readPinnedVersion(inputs);
  if (pinned.version === secret.version) return;
  const before = (await isNews(inputs, pinned, secret)) ? await readRuns(inputs) : [];
  await pinVersion(inputs, pinned, secret.version);
  progress.waitingFor("every member to load the new passwords");
  let missing: readonly MemberRun[] = before;
  const done = await until(new Deadline(reloadSeconds), async () => {
    missing = notReloaded(before, await readRuns(inputs));
    return missing.length === 0 ? true : undefined;
  });
  if (done === undefined) throw notLoaded(missing);
  const onNodes = (running: boolean) =>
    listNames(before.filter((run) => run.running === running).map(({ node }) => node));
  const later = before.every(({ running }) => running) ? "" : `; ${onNodes(false)}: as soon as it runs again`;
  if (before.length > 0)
    progress.line(
      `credentials: version ${secret.version} is in force and loaded on ${onNodes(true)}${later}`,
    );
}

/** Whether members that run have rendered other passwords. Without a key they rendered the latest, some time ago. */
async function isNews(inputs: RotationInputs, pinned: PinnedVersion, secret: Secret): Promise<boolean> {
  if (pinned.version === undefined) return false;
  const old = await readSecret(placeOf(inputs), pinned.version);
  if (old.kind !== "present") return false;
  return passwordParts.some((part) => old.data[inputs.fields[part]] !== secret.credentials[part]);
}

function notLoaded(missing: readonly MemberRun[]): ProviderFailure {
  return new ProviderFailure(`not every member has loaded the new passwords within ${reloadSeconds} s`, [
    ...missing.map(
      ({ node, allocation }) => `${node}: Nomad hasn't rendered them in allocation ${shortId(allocation)}`,
    ),
    "PostgreSQL has taken them and Vault holds them; a member without them can't copy or follow a new leader's data",
    `nomad alloc status ${shortId(missing[0]?.allocation ?? "")} says what Nomad waits for`,
  ]);
}
