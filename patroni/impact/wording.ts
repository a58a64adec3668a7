import { renderSize } from "../../config/size";
import type { StorageFacts } from "./facts";

/** `1 member`, `2 members`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The size of each member's volume: `10GiB`, `10GiB to 20GiB`. */
export function capacity({ capacityMinBytes, capacityMaxBytes }: StorageFacts): string {
  const [min, max] = [renderSize(capacityMinBytes), renderSize(capacityMaxBytes)];
  return min === max ? min : `${min} to ${max}`;
}
