import { Metadata, status } from "@grpc/grpc-js";
import type { ServiceError, handleUnaryCall } from "@grpc/grpc-js";
import {
  PropertyDiff,
  ErrorResourceInitFailed,
  CheckFailure as CheckFailureMessage,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Change } from "./diff";
import { PartialFailure, PluginFailure } from "./failure";
import type { CheckFailure } from "./failure";
import { decodeBag, encodeBag } from "./values";
import type { Bag, DecodedBag } from "./values";

/** Turns a method that returns its answer into one that gRPC can call. Whatever it throws becomes a gRPC error. */
export function unary<Request, Response>(
  answer: (request: Request) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(grpcError(error));
        },
      );
  };
}

/** Reads a bag; an absent one is empty. */
export function readBag(struct: Struct | undefined): DecodedBag {
  return struct === undefined ? { values: {}, secrets: new Set() } : decodeBag(struct.toJavaScript());
}

/** Writes a bag. */
export function writeBag(values: Bag, secrets: ReadonlySet<string>): Struct {
  return Struct.fromJavaScript(encodeBag(values, secrets));
}

/** Writes what is wrong with an input. */
export function failureMessage(failure: CheckFailure): CheckFailureMessage {
  const message = new CheckFailureMessage();
  message.setProperty(failure.property);
  message.setReason(failure.reason);
  return message;
}

/** Writes how an input changes. */
export function changeMessage(change: Change): PropertyDiff {
  const kinds = PropertyDiff.Kind;
  const kind = {
    add: change.replaces ? kinds.ADD_REPLACE : kinds.ADD,
    update: change.replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE,
    delete: change.replaces ? kinds.DELETE_REPLACE : kinds.DELETE,
  }[change.kind];
  const message = new PropertyDiff();
  message.setKind(kind);
  message.setInputdiff(true);
  return message;
}

function grpcError(error: unknown): Partial<ServiceError> {
  if (error instanceof PartialFailure) {
    return { code: status.UNKNOWN, details: error.message, metadata: initFailed(error) };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PluginFailure) return { code: status.UNKNOWN, details: message };
  return {
    code: status.INTERNAL,
    details: `the stand-in plugin failed in a way that it shouldn't: ${message}`,
  };
}

/** The engine finds a partial failure in this header, as `google.rpc.Status` with one detail. */
function initFailed(failure: PartialFailure): Metadata {
  const detail = new ErrorResourceInitFailed();
  detail.setId(failure.id);
  detail.setProperties(writeBag(failure.outputs, failure.secrets));
  detail.setReasonsList([failure.message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const full = new Status();
  full.setCode(status.UNKNOWN);
  full.setMessage(failure.message);
  full.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(full.serializeBinary()));
  return metadata;
}
