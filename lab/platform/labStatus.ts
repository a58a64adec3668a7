import type { LabSettings } from "../settings";
import { lookAtAddresses } from "./addresses";
import { rememberedEngine } from "./docker";
import { lookAtEngine } from "./engine";
import { partState, type PartState } from "./part";
import { labParts } from "./parts";
import { lookQuietly, type Look } from "./waiting";

/** One line of a lab's status. */
export interface StatusLine {
  readonly title: string;
  readonly state: PartState;
}

/** How a lab is doing. */
export interface LabStatus {
  /** `up`: every part works. `down`: none runs. `degraded`: anything between. */
  readonly overall: "up" | "degraded" | "down";
  readonly lines: readonly StatusLine[];
}

/** Looks at every part of a lab: whether its process is alive, and whether it does its work. */
export async function labStatus(settings: LabSettings): Promise<LabStatus> {
  const parts = await Promise.all(
    labParts(settings).map(async (part) => ({ title: part.title, state: await partState(settings, part) })),
  );
  const isDown = parts.every(({ state }) => state.state === "stopped");
  const shared = isDown ? [] : await sharedStatus(settings);
  const lines = [...shared, ...parts];
  const isUp = lines.every(({ state }) => state.state === "ready");
  return { overall: isDown ? "down" : isUp ? "up" : "degraded", lines };
}

async function sharedStatus(settings: LabSettings): Promise<readonly StatusLine[]> {
  const engine = rememberedEngine(settings);
  return [
    { title: "Addresses of the nodes", state: stateOf(await lookQuietly(() => lookAtAddresses(settings))) },
    {
      title: "Docker engine",
      state:
        engine === undefined ? { state: "stopped" } : stateOf(await lookQuietly(() => lookAtEngine(engine))),
    },
  ];
}

function stateOf(look: Look): PartState {
  return look.ok ? { state: "ready" } : { state: "failing", seen: look.seen };
}
