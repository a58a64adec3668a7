import assert from "node:assert/strict";
import { Screen } from "../../../commands/status/screen";

describe("the second screen of a terminal", () => {
  function drawn(rows: number, ...texts: readonly string[]): string {
    let written = "";
    const screen = new Screen({ rows, write: (text) => (written += text) });
    for (const text of texts) screen.draw(text);
    screen.close();
    return written.replaceAll("\u001b", "<");
  }

  it("is entered once, drawn over and left", () => {
    const enter = "<[?1049h<[?25l<[?7l";
    assert.equal(
      drawn(10, "one\ntwo", "three"),
      `${enter}<[Hone<[K\r\ntwo<[K<[J<[Hthree<[K<[J<[?7h<[?25h<[?1049l`,
    );
    assert.equal(drawn(10), "");
  });

  it("says how much has no room", () => {
    assert.match(drawn(2, "one\ntwo\nthree"), /<\[Hone<\[K\r\n\.\.\. 2 more lines: the terminal is too low/);
  });
});
