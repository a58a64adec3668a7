import { PassThrough, pipeline } from "node:stream";
import { pack, type Options } from "tar-fs";

/** A folder as a tar archive, for Docker to read. What goes wrong while packing ends the stream with an error. */
export function tarStream(folder: string, options: Options = {}): NodeJS.ReadableStream {
  const stream = new PassThrough();
  pipeline(pack(folder, options), stream, () => undefined);
  return stream;
}
