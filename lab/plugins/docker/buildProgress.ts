import { BinaryReader } from "google-protobuf";

/** What BuildKit tells of a build: steps that begin, lines that they print, errors. */
export interface BuildNews {
  /** Steps that began, such as `[build 3/7] RUN make`. */
  readonly steps: readonly string[];
  /** What steps print, in order; `complaints` are those lines of it that went to standard error. */
  readonly lines: readonly string[];
  readonly complaints: readonly string[];
  readonly errors: readonly string[];
}

/** Field numbers of `moby.buildkit.v1.StatusResponse` and the messages in it (buildkit's control.proto). */
const responseFields = { vertexes: 1, logs: 3 } as const;
const vertexFields = { name: 3, started: 5, completed: 6, error: 7 } as const;
const logFields = { stream: 3, message: 4 } as const;
const standardError = 2;

/** Reads one trace message of BuildKit, base64 as the Docker engine sends it. */
export function readTrace(base64: string): BuildNews {
  const steps: string[] = [];
  const lines: string[] = [];
  const complaints: string[] = [];
  const errors: string[] = [];
  const response = new BinaryReader(Uint8Array.from(Buffer.from(base64, "base64")));
  while (nextField(response)) {
    switch (response.getFieldNumber()) {
      case responseFields.vertexes: {
        const vertex = readVertex(new BinaryReader(response.readBytes()));
        if (vertex.error !== "") errors.push(vertex.error);
        else if (vertex.started && !vertex.completed) steps.push(vertex.name);
        break;
      }
      case responseFields.logs: {
        const log = readLog(new BinaryReader(response.readBytes()));
        lines.push(...log.lines);
        if (log.stream === standardError) complaints.push(...log.lines);
        break;
      }
      default:
        response.skipField();
    }
  }
  return { steps, lines, complaints, errors };
}

function readVertex(reader: BinaryReader): {
  name: string;
  started: boolean;
  completed: boolean;
  error: string;
} {
  const vertex = { name: "", started: false, completed: false, error: "" };
  while (nextField(reader)) {
    switch (reader.getFieldNumber()) {
      case vertexFields.name:
        vertex.name = reader.readString();
        break;
      case vertexFields.error:
        vertex.error = reader.readString();
        break;
      case vertexFields.started:
        vertex.started = true;
        reader.skipField();
        break;
      case vertexFields.completed:
        vertex.completed = true;
        reader.skipField();
        break;
      default:
        reader.skipField();
    }
  }
  return vertex;
}

function readLog(reader: BinaryReader): { stream: number; lines: string[] } {
  let stream = 0;
  let text = "";
  while (nextField(reader)) {
    switch (reader.getFieldNumber()) {
      case logFields.stream:
        stream = reader.readInt64();
        break;
      case logFields.message:
        text += Buffer.from(reader.readBytes()).toString("utf8");
        break;
      default:
        reader.skipField();
    }
  }
  return { stream, lines: text.split(/[\r\n]+/).filter((line) => line.trim() !== "") };
}

function nextField(reader: BinaryReader): boolean {
  return reader.nextField() && !reader.isEndGroup();
}
