/** How often to look whether the engine is still there. */
const lookMilliseconds = 500;

let watching = false;

/**
 * Ends this process soon after the engine that started it has gone. Pulumi's server of dynamic providers doesn't:
 * one whose engine was killed would go on restarting members or making volumes beside the next `pulumi up`. Nothing
 * is lost, since every step is one that the next run takes up; see docs/operations.md.
 */
export function endWithEngine(): void {
  if (watching) return;
  watching = true;
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(1);
  }, lookMilliseconds).unref();
}
