import fc from "fast-check";

/** A network in CIDR notation with a prefix of at least some bits, and no bits beyond it. */
export function arbitraryNetwork(leastPrefix: number): fc.Arbitrary<string> {
  return fc.oneof(network(32, leastPrefix, ipv4), network(128, leastPrefix, ipv6));
}

function network(width: number, leastPrefix: number, render: (bits: bigint) => string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.integer({ min: leastPrefix, max: width }),
      fc.bigInt({ min: 0n, max: 2n ** BigInt(width) - 1n }),
    )
    .map(([prefix, bits]) => {
      const host = BigInt(width - prefix);
      return `${render((bits >> host) << host)}/${prefix}`;
    });
}

function ipv4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join(".");
}

function ipv6(bits: bigint): string {
  const digits = bits.toString(16).padStart(32, "0");
  return (digits.match(/.{4}/g) ?? []).join(":");
}
