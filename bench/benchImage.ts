import { z } from "zod";
import { labStack, pulumi, type Workspace } from "../lab/workspace";

const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
      .optional(),
  }),
});

/**
 * Builds and pushes the image as the program does, and nothing else of the stack. Returns its reference up to
 * the architecture.
 */
export async function buildImage(workspace: Workspace): Promise<string> {
  const inStack = ["--stack", labStack];
  const only = ["--target", "**PatroniImage**", "--skip-preview", "--yes"];
  await pulumi(workspace, ["up", ...only, ...inStack, "--config-file", workspace.configFile], {
    quiet: true,
  });
  const state = await pulumi(workspace, ["stack", "export", ...inStack], { quiet: true });
  const { resources = [] } = stateSchema.parse(JSON.parse(state)).deployment;
  const image = resources.find(({ type }) => type === "docker:index/image:Image");
  const name = z.string().parse(image?.outputs?.["imageName"]);
  return name.slice(0, name.lastIndexOf("-"));
}
