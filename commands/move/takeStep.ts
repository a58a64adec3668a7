import type { MoveScene } from "../../patroni/moves/moveScene";
import type { MoveStep } from "../../patroni/moves/moveStep";
import { judgeNode } from "../../patroni/volumeNodes";
import { oneLine, sendJson } from "../../providers/http";
import type { NomadPlace } from "../../providers/nomadPlace";
import { registerIfUnchanged } from "../../providers/registration/nomadJob";
import type { Deadline } from "../../providers/config/until";
import { withAttributes } from "../../providers/storage/nomadNodes";
import { scoped } from "../../providers/storage/nomadScope";
import { deleteClaim, putVolume } from "../../providers/storage/nomadVolumes";
import type { Progress } from "../../providers/progress";
import { requestAct } from "../../providers/acts/requestAct";
import type { MovedCluster } from "./observeMove";

/** A step that changes something. */
export type MoveAct = Exclude<MoveStep, { kind: "wait" | "done" | "failed" }>;

/** Answered after at most twice Patroni's loop_wait, 20 s at the least; what comes of it is seen. */
const switchoverSeconds = 60;

/**
 * Carries one step out. Returns why it can't be, undefined when it is done, or when only the next look can tell. Throws
 * an HttpError when Nomad can't be asked or refuses it.
 */
export async function takeStep(
  { scope, inputs }: MovedCluster,
  scene: MoveScene,
  step: MoveAct,
  to: string,
  { progress, deadline }: { readonly progress: Progress; readonly deadline: Deadline },
): Promise<string | undefined> {
  switch (step.kind) {
    case "make volume": {
      const known = scene.nodes.filter(({ name }) => name === to);
      const [node] = await withAttributes(scope, known);
      if (node === undefined) return `Nomad has no node ${to} any more`;
      progress.line(`making a volume on ${to}`);
      const judgedByNomad = judgeNode(inputs, node).outcome === "unsure";
      const reply = await putVolume(scope, inputs, { nodeId: node.id, judgedByNomad });
      return reply.status < 300 ? undefined : `Nomad made no volume on ${to}: ${oneLine(reply.text)}`;
    }
    case "register":
      return register(inputs, step, progress);
    case "release":
      await deleteClaim(scope, step.claimId);
      progress.line(`Nomad keeps no member for that volume any more (claim ${step.claimId})`);
      return undefined;
    case "hand over": {
      const { leader, candidate } = step;
      progress.line(`${leader} hands over to ${candidate}`);
      const body = { leader, candidate };
      const seconds = Math.min(deadline.remainingSeconds, switchoverSeconds);
      const answer = await requestAct(scene.observation, leader, "/switchover", body, seconds);
      progress.line(`Patroni: ${answer.said}`);
      return answer.kind === "refused" || answer.kind === "failed"
        ? `Patroni says: ${answer.said}`
        : undefined;
    }
    case "stop": {
      const path = `/v1/allocation/${encodeURIComponent(step.allocationId)}/stop`;
      await sendJson(scope.api, { ...scoped(scope, "POST", path, {}, "alloc-lifecycle"), body: {} });
      progress.line(`told allocation ${step.allocationId.slice(0, 8)} to stop`);
      return undefined;
    }
  }
}

/** Only if nobody else has registered the job since it was read: then the next look sees what there is. */
async function register(
  place: NomadPlace,
  { job, modifyIndex, said }: Extract<MoveAct, { kind: "register" }>,
  progress: Progress,
): Promise<string | undefined> {
  const registered = await registerIfUnchanged(place, job, modifyIndex);
  if (registered.kind === "refused") return `Nomad refuses the job: ${registered.said}`;
  if (registered.kind === "done") progress.line(said);
  return undefined;
}
