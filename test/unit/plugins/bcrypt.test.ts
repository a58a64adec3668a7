import { match, notStrictEqual, strictEqual } from "node:assert/strict";
import { bcryptHash, bcryptHashWithSalt } from "../../../lab/plugins/random/bcrypt";

// "DCq7YPn5Rq63x1Lad4cll." in bcrypt's alphabet as bytes.
const salt = Buffer.from("FEs9aRp7Ts85z3Ncf6ennA", "base64");

describe("bcrypt", () => {
  // Expected values from crypt(3) of libxcrypt 4.4.
  it("hashes an empty password", () => {
    strictEqual(
      bcryptHashWithSalt("", 6, salt),
      "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
    );
  });

  it("hashes the first 72 bytes of a long one", () => {
    const expected = "$2a$10$DCq7YPn5Rq63x1Lad4cll.3ZK71VH6nJwWvvYFBFQZ8CXH7Uvj9PO";
    strictEqual(bcryptHashWithSalt(`hällo wörld ${"x".repeat(80)}`, 10, salt), expected);
    strictEqual(bcryptHashWithSalt(`hällo wörld ${"x".repeat(60)}`, 10, salt), expected);
  });

  it("takes a fresh salt and cost 10", () => {
    const first = bcryptHash("secret");
    match(first, /^\$2a\$10\$[./A-Za-z0-9]{53}$/);
    notStrictEqual(first, bcryptHash("secret"));
  });
});
