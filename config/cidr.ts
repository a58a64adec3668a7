import { isIPv4, isIPv6 } from "node:net";

/** A network that parsed, or why it didn't. */
export type CidrResult =
  | { readonly ok: true; readonly network: string; readonly prefix: number }
  | { readonly ok: false; readonly suggestion: string | undefined };

/**
 * Reads `address/prefix`, IPv4 or IPv6. An address with bits set beyond its prefix is refused with the network
 * that was most likely meant as the suggestion, and so is an address without a prefix.
 */
export function parseCidr(text: string): CidrResult {
  const [address = "", prefixText, ...rest] = text.split("/");
  const width = isIPv4(address) ? 32 : isIPv6(address) && !address.includes("%") ? 128 : undefined;
  if (width === undefined || rest.length > 0) return { ok: false, suggestion: undefined };
  if (prefixText === undefined) return { ok: false, suggestion: `${address}/${width}` };
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText) || Number(prefixText) > width) {
    return { ok: false, suggestion: undefined };
  }
  const prefix = Number(prefixText);
  const bits = width === 32 ? ipv4Bits(address) : ipv6Bits(address);
  const hostWidth = BigInt(width - prefix);
  const network = (bits >> hostWidth) << hostWidth;
  if (network === bits) return { ok: true, network: text, prefix };
  return { ok: false, suggestion: `${width === 32 ? ipv4Text(network) : ipv6Text(network)}/${prefix}` };
}

function ipv4Bits(address: string): bigint {
  return address.split(".").reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function ipv6Bits(address: string): bigint {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const last = ipv4Bits(embedded?.[2] ?? "0.0.0.0");
  const text = embedded
    ? `${embedded[1] ?? ""}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`
    : address;
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return [...before, ...zeros, ...after].reduce((bits, group) => (bits << 16n) | group, 0n);
}

function groups(text: string): bigint[] {
  return text === "" ? [] : text.split(":").map((group) => BigInt(`0x${group}`));
}

function ipv4Text(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join(".");
}

/** As a URL would show it, which shortens zeros by RFC 5952. */
function ipv6Text(bits: bigint): string {
  const full = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return new URL(`http://[${full.join(":")}]`).hostname.slice(1, -1);
}
