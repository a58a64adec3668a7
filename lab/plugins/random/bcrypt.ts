import { randomBytes } from "node:crypto";

/**
 * bcrypt, version 2a (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), as the Terraform provider
 * makes it with Go's `x/crypto/bcrypt`: cost 10, and of a password the first 72 bytes.
 */

const rounds = 16;
const boxes = 4;
const boxSize = 256;
const stateWords = rounds + 2 + boxes * boxSize;
const longestPasswordBytes = 72;
const saltBytes = 16;
const hashBytes = 23;
const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Hashes a password with a fresh salt. `cost` is the base 2 logarithm of the number of key expansions. */
export function bcryptHash(password: string, cost = 10): string {
  return bcryptHashWithSalt(password, cost, randomBytes(saltBytes));
}

/** Hashes a password with a given salt of 16 bytes. */
export function bcryptHashWithSalt(password: string, cost: number, salt: Uint8Array): string {
  const key = Buffer.concat([
    Buffer.from(password, "utf8").subarray(0, longestPasswordBytes),
    Buffer.from([0]),
  ]);
  const keyWords = cyclicWords(key.subarray(0, longestPasswordBytes));
  const saltWords = cyclicWords(salt);
  const cipher = new Blowfish();
  cipher.expand(keyWords, saltWords.slice(0, 4));
  const nothing = [0, 0, 0, 0];
  for (let count = 2 ** cost; count > 0; count--) {
    cipher.expand(keyWords, nothing);
    cipher.expand(saltWords, nothing);
  }
  const digest = encryptMagic(cipher).subarray(0, hashBytes);
  return `$2a$${String(cost).padStart(2, "0")}$${base64(salt)}${base64(digest)}`;
}

function encryptMagic(cipher: Blowfish): Buffer {
  const text = Buffer.from("OrpheanBeholderScryDoubt", "latin1");
  for (let offset = 0; offset < text.length; offset += 8) {
    cipher.left = text.readInt32BE(offset);
    cipher.right = text.readInt32BE(offset + 4);
    for (let count = 0; count < 64; count++) cipher.encrypt(cipher.left, cipher.right);
    text.writeInt32BE(cipher.left, offset);
    text.writeInt32BE(cipher.right, offset + 4);
  }
  return text;
}

/** The bytes over and over as big-endian words, as many as a key expansion can ask for. */
function cyclicWords(bytes: Uint8Array): number[] {
  return Array.from({ length: rounds + 2 }, (_, word) => {
    let value = 0;
    for (let byte = 0; byte < 4; byte++)
      value = (value << 8) | (bytes[(word * 4 + byte) % bytes.length] ?? 0);
    return value;
  });
}

/** bcrypt's own alphabet and no padding. */
function base64(bytes: Uint8Array): string {
  const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const encoded = Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return encoded.replace(/./g, (character) => alphabet.charAt(standard.indexOf(character)));
}

/** Blowfish with bcrypt's salted key schedule. Its state begins as the binary digits of pi. */
class Blowfish {
  /** The block encrypted last. Fields, since a tuple for each of a million blocks would cost more than the cipher. */
  left = 0;
  right = 0;
  private readonly state = Int32Array.from(digitsOfPi());

  /** Mixes the key in, then replaces the state by what it makes of the salt. */
  expand(keyWords: readonly number[], saltWords: readonly number[]): void {
    const state = this.state;
    for (let index = 0; index < rounds + 2; index++)
      state[index] = (state[index] ?? 0) ^ (keyWords[index] ?? 0);
    this.left = 0;
    this.right = 0;
    for (let index = 0; index < stateWords; index += 2) {
      const salt = index % 4;
      this.encrypt(this.left ^ (saltWords[salt] ?? 0), this.right ^ (saltWords[salt + 1] ?? 0));
      state[index] = this.left;
      state[index + 1] = this.right;
    }
  }

  /** Encrypts one block of two words into `left` and `right`. */
  encrypt(left: number, right: number): void {
    const state = this.state;
    for (let round = 0; round < rounds; round += 2) {
      left ^= state[round] ?? 0;
      right ^= mix(state, left);
      right ^= state[round + 1] ?? 0;
      left ^= mix(state, right);
    }
    this.left = right ^ (state[rounds + 1] ?? 0);
    this.right = left ^ (state[rounds] ?? 0);
  }
}

const firstBox = rounds + 2;

/** Blowfish's F. It runs millions of times a hash, so it is a plain function on the typed array. */
function mix(state: Int32Array, word: number): number {
  const first = state[firstBox + (word >>> 24)] ?? 0;
  const second = state[firstBox + boxSize + ((word >>> 16) & 0xff)] ?? 0;
  const third = state[firstBox + 2 * boxSize + ((word >>> 8) & 0xff)] ?? 0;
  const fourth = state[firstBox + 3 * boxSize + (word & 0xff)] ?? 0;
  return (((first + second) ^ third) + fourth) | 0;
}

let piWords: readonly number[] | undefined;

/** The fraction of pi in words of 32 bits, by Machin's formula: pi = 16 arctan(1/5) - 4 arctan(1/239). */
function digitsOfPi(): readonly number[] {
  if (piWords !== undefined) return piWords;
  const guardBits = 64n;
  const bits = BigInt(stateWords * 32);
  const one = 1n << (bits + guardBits);
  const pi = (16n * inverseArctangent(5n, one) - 4n * inverseArctangent(239n, one)) >> guardBits;
  const fraction = pi & ((1n << bits) - 1n);
  const hex = fraction.toString(16).padStart(stateWords * 8, "0");
  piWords = Array.from({ length: stateWords }, (_, word) => parseInt(hex.slice(word * 8, word * 8 + 8), 16));
  return piWords;
}

/** arctan(1/x) in units of 1/one. */
function inverseArctangent(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let divisor = 3n, sign = -1n; power > 0n; divisor += 2n, sign = -sign) {
    power /= x * x;
    sum += sign * (power / divisor);
  }
  return sum;
}
