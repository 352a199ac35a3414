/** The words that Fluvio's own clients use for the cluster's error codes. */
import type { ErrorCode } from "@smdk/protocol";

const PLAIN: { readonly [kind: string]: string } = {
  UnknownServerError: "An unknown server error occurred",
  None: "ErrorCode indicated success. If you see this it is likely a bug.",
  OffsetOutOfRange: "Offset out of range",
  NotLeaderForPartition: "the given SPU is not the leader for the partition",
  MessageTooLarge: "the message is too large to send",
  PermissionDenied: "permission denied",
  StorageError: "a storage error occurred",
  InvalidCreateRequest: "invalid create request",
  InvalidDeleteRequest: "invalid Delete request",
  PartitionFull: "Partition storage is full",
  PartitionShortCircuited: "Partition is short-circuited",
  SpuError: "an error occurred on the SPU",
  SpuRegisterationFailed: "failed to register an SPU",
  SpuOffline: "the SPU is offline",
  SpuNotFound: "the SPU was not found",
  SpuAlreadyExists: "the SPU already exists",
  TopicError: "a topic error occurred",
  TopicNotFound: "the topic was not found",
  TopicAlreadyExists: "the topic already exists",
  TopicPendingInitialization: "the topic has not been initialized",
  TopicInvalidConfiguration: "the topic configuration is invalid",
  TopicNotProvisioned: "the topic is not provisioned",
  TopicInvalidName: "the topic name is invalid",
  TopicDeleted: "the topic was deleted",
  TopicInvalidReplicaType: "the topic has invalid replica type",
  PartitionPendingInitialization: "the partition is not initialized",
  PartitionNotLeader: "the partition is not a leader",
  FetchSessionNotFoud: "the fetch session was not found",
  OffsetManagementDisabled: "the offset management is disabled for the stream",
  MaxRetryReached: "max retry attempts reached",
  ManagedConnectorError: "an error occurred while managing a connector",
  ManagedConnectorNotFound: "the managed connector was not found",
  ManagedConnectorAlreadyExists: "an error occurred while managing a connector",
  SmartModuleError: "an error occurred while managing a SmartModule",
  TableFormatError: "a tableformat error occurred",
  TableFormatNotFound: "the tableformat was not found",
  TableFormatAlreadyExists: "the tableformat already exists",
  DerivedStreamObjectError: "DerivedStream object error",
  DerivedStreamNotFound: "the derivedstream was not found",
  DerivedStreamJoinFetchError: "the derivedstream join data cannot be fetched",
  CompressionError: "a compression error occurred in the SPU",
  DeduplicationSmartModuleNotLoaded: "Deduplication SmartModule is not loaded into the cluster",
  MirrorNotFound: "the mirror was not found",
  MirrorAlreadyExists: "the mirror already exists",
  MirrorProduceFromHome: "produce from home is not allowed",
  MirrorDeleteFromRemote: "delete from remote is not allowed",
  MirrorInvalidType: "the mirror is invalid",
  MirrorProduceFromRemoteNotAllowed: "produce from remote target is not allowed",
};

/** One error code in words. */
export function errorText(code: ErrorCode): string {
  switch (code.kind) {
    case "Other":
      return `Other error: ${code.value}`;
    case "RequestTimedOut":
      return `the request 'Produce' exceeded the timeout ${code.timeoutMs} ms`;
    case "OffsetEvicted":
      return `Offset ${code.offset} is evicted. The next available is ${code.nextAvailable}`;
    case "OffsetFlushRequestError":
      return `offset flush error: ${code.value}`;
    case "SmartModuleNotFound":
      return `SmartModule ${code.name} was not found`;
    case "SmartModuleInvalid":
      return `SmartModule is invalid: ${code.error}`;
    case "SmartModuleInvalidExports":
      return `SmartModule is not a valid '${code.moduleKind}' SmartModule due to ${code.error}`;
    case "SmartModuleRuntimeError": {
      const { hint, kind, offset, recordKey, recordValue } = code.value;
      const key = recordKey === null ? "NULL" : dataText(recordKey);
      return `SmartModule transform error ${hint}\n\nSmartModule Info: \n    Type: ${kind}\n    Offset: ${offset}\n    Key: ${key}\n    Value: ${dataText(recordValue)}`;
    }
    case "SmartModuleChainInitError":
      return `Error initializing ${code.value} SmartModule Chain`;
    case "SmartModuleInitError":
      return `SmartModule init error ${code.hint}\n\nSmartModule Init Error: \n`;
    case "SmartModuleLookBackError":
      return `SmartModule look_back error: ${code.value}`;
    case "SmartModuleMemoryLimitExceeded":
      return `SmartModule memory limit exceeded: requested ${code.requested} bytes, max allowed ${code.max} bytes`;
    case "DerivedStreamInvalid":
      return `the derivedstream ${code.value} is invalid`;
    case "DeduplicationSmartModuleNameInvalid":
      return `Deduplication SmartModule name is invalid: ${code.value}`;
    case "SystemSpecDeletionAttempt":
      return `system ${code.objectKind} '${code.name}' can only be deleted forcibly`;
    case "SystemSpecUpdatingAttempt":
      return `system ${code.objectKind} '${code.name}' can only be updated forcibly`;
    default:
      return PLAIN[code.kind] ?? code.kind;
  }
}

function dataText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return `Binary: ${bytes.length} bytes`;
  }
}
