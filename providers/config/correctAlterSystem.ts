import { splitAlterSystem, type MemberSettings } from "../../patroni/alterSystem";
import { parseDocument, type ConfigDocument } from "../../patroni/configDocument";
import { isEmpty, withSettings } from "../../patroni/configDrift";
import type { Progress } from "../progress";
import { foundSettings, lookForAlterSystem, type AlterSystemLook } from "./alterSystem/lookForAlterSystem";
import { takeBackAlterSystem } from "./alterSystem/takeBackAlterSystem";
import { awaitLoaded } from "./awaitLoaded";
import { writeConfigKey } from "./configKey";
import type { ConfigInputs, ConfigState } from "./model";
import type { Deadline } from "./until";
import { knownSystemSettings } from "./wantedDocument";

/** What there is of `ALTER SYSTEM` after the correction. */
export interface AlterSystemCorrection {
  /** Names in lower case. */
  readonly takenBack: ReadonlySet<string>;
  /** What couldn't be taken back. */
  readonly left: MemberSettings;
  readonly adopted: MemberSettings;
}

/** Lets a superuser's `ALTER SYSTEM` in (PostgreSQL 17). */
const open: ConfigDocument = { postgresql: { parameters: { allow_alter_system: "on" } } };

/**
 * Takes back what `ALTER SYSTEM` has set and shouldn't have. Members refuse its `RESET` as well where
 * `allow_alter_system` is off, which it is unless the config says otherwise: there it is switched on in the dynamic
 * configuration for as long as it takes; the document that is written afterwards switches it off.
 *
 * Throws a ProviderFailure or an HttpError when Consul can't be asked; that a member or Vault can't is told in a line.
 */
export async function correctAlterSystem(
  inputs: ConfigInputs,
  last: ConfigState | undefined,
  deadline: Deadline,
  progress: Progress,
): Promise<AlterSystemCorrection> {
  const known = last === undefined ? {} : knownSystemSettings(last);
  const config = parseDocument(inputs.config) ?? {};
  const split = (look: AlterSystemLook) => splitAlterSystem(foundSettings(look, known), inputs.drift, config);
  let look = await lookForAlterSystem(inputs);
  const { wrong, adopted } = split(look);
  if (look.unseen !== undefined && !isEmpty(known))
    progress.line(`ALTER SYSTEM couldn't be looked for: ${look.unseen}`);
  const takenBack = new Set(await takeBackAlterSystem(look.seen, wrong, progress));
  if (isEmpty(wrong)) return { takenBack, left: {}, adopted };
  if (look.seen.some((member) => !member.open && wrong[member.name] !== undefined)) {
    await letIn(inputs, deadline, progress);
    look = await lookForAlterSystem(inputs);
    for (const name of await takeBackAlterSystem(look.seen, split(look).wrong, progress)) takenBack.add(name);
  }
  return { takenBack, left: split(await lookForAlterSystem(inputs)).wrong, adopted };
}

/** Switches `allow_alter_system` on, and waits until every member has it so. */
async function letIn(inputs: ConfigInputs, deadline: Deadline, progress: Progress): Promise<void> {
  progress.line("ALTER SYSTEM: switching allow_alter_system on for as long as it takes to take it back");
  const key = await writeConfigKey(inputs, (before) => withSettings(before ?? {}, open));
  const after = key.document;
  await awaitLoaded({ inputs, before: key.before, after, wanted: () => after, deadline, progress });
}
