import { PluginFailure } from "../framework/failure";

/** Units as go-humanize reads them: decimal, and binary with an i. The `B` may be left out. */
const exponents = ["", "k", "m", "g", "t", "p", "e"];

/**
 * Reads a capacity such as `12 GiB`, `1.5GB` or `1073741824` into bytes, as the Terraform provider does.
 * @throws {PluginFailure} when it is something else.
 */
export function parseCapacity(input: string, text: string): number {
  const [, digits = "", prefix = "", binary = ""] = /^\s*([\d.,]+)\s*([kmgtpe]?)(i?)b?\s*$/i.exec(text) ?? [];
  const value = Number(digits.replace(/,/g, ""));
  if (digits === "" || Number.isNaN(value) || (binary !== "" && prefix === "")) {
    throw new PluginFailure(
      `"${input}" is "${text}", but must be a number of bytes or a size with a unit, for example "10 GiB"`,
    );
  }
  return Math.trunc(value * (binary === "" ? 1000 : 1024) ** exponents.indexOf(prefix.toLowerCase()));
}

/** Writes bytes as go-humanize's `IBytes` does: `0 B`, `512 MiB`, `1.0 GiB`, `12 GiB`. */
export function formatCapacity(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const power = Math.floor(Math.log(bytes) / Math.log(1024));
  const value = Math.floor((bytes / 1024 ** power) * 10 + 0.5) / 10;
  const unit = power === 0 ? "B" : `${(exponents[power] ?? "").toUpperCase()}iB`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}
