/** Where V8 asks for an error's stack trace as text. Node's own typings don't say that nothing may be there. */
interface StackTraces {
  prepareStackTrace?: ((error: Error, frames: NodeJS.CallSite[]) => unknown) | undefined;
}

/**
 * Spares the stack traces that Pulumi's SDK takes of its promises: three for each output of a resource, some 600 for
 * a tenant, each mapped to TypeScript's lines and kept as text. In a preview of 100 tenants they were a third of the
 * program's processor time and a quarter of what it had in memory (docs/bench.md). They are printed only where
 * PULUMI_DEBUG_PROMISE_LEAKS is set; then they stay. Errors keep theirs. To be called before the first resource is made.
 *
 * Source: `debuggablePromise` in @pulumi/pulumi, runtime/debuggable.ts.
 */
export function sparePromiseStacks(): void {
  if (process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
  const traces: StackTraces = Error;
  // ts-node's, which maps lines.
  const usual = traces.prepareStackTrace;
  traces.prepareStackTrace = (error, frames) => {
    if (frames[0]?.getFunctionName() === "debuggablePromise") return "";
    return usual === undefined ? asNodeDoes(error, frames) : usual(error, frames);
  };
}

function asNodeDoes(error: Error, frames: readonly NodeJS.CallSite[]): string {
  return [String(error), ...frames.map(String)].join("\n    at ");
}
