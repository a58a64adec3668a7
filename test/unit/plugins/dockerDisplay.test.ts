import { deepStrictEqual } from "node:assert/strict";
import { buildDisplay } from "../../../lab/plugins/docker/display";

describe("the docker stand-in's display", () => {
  it("shows every step once, and of what they print one line a second", async () => {
    const shown: string[] = [];
    let time = 0;
    const status = (line: string): Promise<void> => Promise.resolve(void shown.push(line));
    const display = buildDisplay({ status, warn: status }, () => time);
    await display.step("[1/2] FROM scratch");
    await display.step("[1/2] FROM scratch");
    await display.line("a");
    time += 1000;
    await display.line("b");
    await display.line("c");
    time += 500;
    await display.line("d");
    await display.step("[2/2] COPY");
    time += 1000;
    await display.line("e");
    display.close();
    deepStrictEqual(shown, ["[1/2] FROM scratch", "b", "[2/2] COPY", "e"]);
  });
});
