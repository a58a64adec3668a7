import { writeFileSync } from "node:fs";
import type { Severity } from "../../patroni/impact/effect";
import { renderReview } from "../../patroni/review/markdown";
import type { Review } from "../../patroni/review/model";
import { parsePreview } from "../../patroni/review/previewDocument";
import { isAsBadAs, stackReview } from "../../patroni/review/stackReview";
import { CommandError } from "../commandError";
import { pulumiFailure, runPulumi, type PulumiPlace } from "../pulumiCli";
import { choiceArguments, type StackChoice } from "../stackSettings";
import { parseArguments, usage } from "./arguments";

/** What the command works with. */
export interface ReviewSurroundings {
  readonly pulumi: PulumiPlace;
  readonly output: { write(text: string): unknown };
  /** Ends the preview. */
  readonly signal?: AbortSignal;
}

/** A preview of 100 tenants took some ten seconds; the first one on a machine also downloads plugins. */
const previewSeconds = 900;

/**
 * Previews a stack and writes what it means for each tenant. Returns the exit code: 0 when no effect is as bad as
 * `--fail-on`, 3 when one is, 1 when the preview failed.
 *
 * @throws {CommandError} when there is no preview to be had
 */
export async function runReview(args: readonly string[], surroundings: ReviewSurroundings): Promise<number> {
  const wanted = parseArguments(args);
  if (wanted.help) {
    surroundings.output.write(`${usage}\n`);
    return 0;
  }
  const review = await reviewStack(wanted, surroundings);
  const write = writer(surroundings.output);
  write(wanted.markdown, () => renderReview(review));
  write(wanted.json, () => `${JSON.stringify(review, undefined, 2)}\n`);
  return exitCode(review, wanted.failOn);
}

async function reviewStack(choice: StackChoice, { pulumi, signal }: ReviewSurroundings): Promise<Review> {
  // `--show-sames`: tenants of which nothing changes are counted, and components say whose a resource is.
  const args = ["preview", "--json", "--show-sames", ...choiceArguments(choice)];
  const place = { ...pulumi, env: { ...pulumi.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: undefined } };
  const end = await runPulumi(place, args, {
    seconds: previewSeconds,
    ...(signal === undefined ? {} : { signal }),
  });
  const preview = parsePreview(end.output);
  if (preview === undefined) throw pulumiFailure(args, end);
  return stackReview(preview, choice.stack ?? "", end.code !== 0);
}

function writer(output: ReviewSurroundings["output"]) {
  return (file: string | undefined, text: () => string): void => {
    if (file === undefined) return;
    if (file === "-") {
      output.write(text());
      return;
    }
    try {
      writeFileSync(file, text());
    } catch (error) {
      throw new CommandError(
        `${file} can't be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
}

function exitCode({ outcome, worst, tenants }: Review, failOn: Severity | "never"): number {
  if (outcome === "failed") return 1;
  return failOn !== "never" && tenants.length > 0 && isAsBadAs(worst, failOn) ? 3 : 0;
}
