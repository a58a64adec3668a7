import assert from "node:assert/strict";
import fc from "fast-check";
import { imageTagPrefix, type ImageContent } from "../../../patroni/imageTag";

const content: ImageContent = {
  postgresVersion: 17,
  files: [
    ["Dockerfile", "FROM base\nUSER 999\n"],
    ["requirements.txt", "certifi==1.0 \\\n    --hash=sha256:00\npatroni==4.1.5 \\\n    --hash=sha256:01\n"],
  ],
  args: { BASE_IMAGE: "postgres:17-trixie", EXTRA_CA_PEM_BASE64: "" },
};

describe("an image's tag", () => {
  it("is PostgreSQL's version, Patroni's, and a hash of the content", () => {
    assert.match(imageTagPrefix(content), /^17-4\.1\.5-[0-9a-f]{12}$/);
  });

  it("stays the same from release to release of this program", () => {
    assert.equal(imageTagPrefix(content), "17-4.1.5-7e1b6b51bc90");
  });

  it("is a valid tag for Docker whatever goes in", () => {
    const names = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(names, names, (files, args) => {
        const tag = imageTagPrefix({
          postgresVersion: 17,
          files: [...Object.entries(files), ["requirements.txt", "patroni==4.1.5\n"]],
          args,
        });
        assert.match(tag, /^[\w][\w.-]{0,127}$/);
      }),
    );
  });

  it("does not depend on the order of files and arguments", () => {
    const shuffled: ImageContent = {
      ...content,
      files: [...content.files].reverse(),
      args: Object.fromEntries(Object.entries(content.args).reverse()),
    };
    assert.equal(imageTagPrefix(shuffled), imageTagPrefix(content));
  });

  it("does not depend on how the checkout ends its lines or separates its folders", () => {
    const nested: ImageContent = { ...content, files: [...content.files, ["setup/user.sh", "true\n"]] };
    const windows: ImageContent = {
      ...content,
      files: nested.files.map(([path, text]) => [path.replace(/\//g, "\\"), text.replace(/\n/g, "\r\n")]),
    };
    assert.equal(imageTagPrefix(windows), imageTagPrefix(nested));
  });

  const changes: readonly (readonly [string, ImageContent])[] = [
    ["a file's content", { ...content, files: [["Dockerfile", "FROM other\n"], ...content.files.slice(1)] }],
    [
      "a file's name",
      { ...content, files: [["Containerfile", "FROM base\nUSER 999\n"], ...content.files.slice(1)] },
    ],
    ["a file more", { ...content, files: [...content.files, ["healthcheck.py", ""]] }],
    ["an argument's value", { ...content, args: { ...content.args, BASE_IMAGE: "postgres:17" } }],
    ["an argument more", { ...content, args: { ...content.args, OTHER: "" } }],
    ["PostgreSQL's version", { ...content, postgresVersion: 18 }],
  ];
  for (const [what, changed] of changes) {
    it(`changes with ${what}`, () => {
      assert.notEqual(imageTagPrefix(changed), imageTagPrefix(content));
    });
  }

  it("is not the same where content moves from one file to the next", () => {
    const requirements = ["requirements.txt", "patroni==4.1.5\n"] as const;
    const left: ImageContent = { ...content, files: [["a", "bc"], ["d", ""], requirements] };
    const right: ImageContent = { ...content, files: [["a", "b"], ["cd", ""], requirements] };
    assert.notEqual(imageTagPrefix(left), imageTagPrefix(right));
  });

  it("is refused where nothing pins Patroni", () => {
    const bare = { ...content, files: [["requirements.txt", "patroni>=4\n"]] as const };
    assert.throws(() => imageTagPrefix(bare), /requirements\.txt does not pin a version of patroni/);
    assert.throws(() => imageTagPrefix({ ...content, files: [] }), /does not pin a version of patroni/);
  });
});
