export { defaultCacheDir } from "./cache";
export { ensureTools } from "./ensureTools";
export { defaultToolNames, toolNames } from "./tool";
export type { DefaultToolName, EnsureToolsOptions, Tool, ToolName, Tools, ToolSource } from "./tool";
