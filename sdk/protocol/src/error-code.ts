/** Fluvio's error codes: an i16 tag followed directly by the fields of that code. */
import {
  enumOf,
  fields,
  type Infer,
  i64,
  newtype,
  option,
  spread,
  string,
  u64,
  union,
  unit,
} from "./codec/index.ts";
import { ReplicaKey } from "./object/replica-key.ts";
import {
  SmartModuleInitRuntimeError,
  SmartModuleTransformRuntimeError,
} from "./smartmodule/runtime-error.ts";

export const RequestKind = enumOf("RequestKind", { Produce: 0 });
export type RequestKind = Infer<typeof RequestKind>;

/**
 * `{ kind: "None" }` is success. A client older than a code fails to decode the whole frame that has it:
 * PartitionFull, PartitionShortCircuited, MaxRetryReached and MirrorProduceFromRemoteNotAllowed are unknown to
 * release 0.11.11. Where upstream calls a field of a variant `kind`, it is `requestKind`, `moduleKind` or `objectKind`
 * here, since `kind` names the variant.
 */
export const ErrorCode = union(
  "ErrorCode",
  {
    UnknownServerError: unit(-1),
    None: unit(0),
    OffsetOutOfRange: unit(1),
    Other: newtype(2, string()),
    NotLeaderForPartition: unit(6),
    RequestTimedOut: fields(7, { timeoutMs: u64(), requestKind: RequestKind }),
    MessageTooLarge: unit(10),
    PermissionDenied: unit(13),
    StorageError: unit(56),
    InvalidCreateRequest: unit(60),
    InvalidDeleteRequest: unit(61),
    OffsetEvicted: fields(71, { offset: i64(), nextAvailable: i64() }),
    PartitionFull: fields(72, { replicaKey: ReplicaKey }),
    PartitionShortCircuited: unit(73),
    SpuError: unit(1000),
    SpuRegisterationFailed: unit(1001),
    SpuOffline: unit(1002),
    SpuNotFound: unit(1003),
    SpuAlreadyExists: unit(1004),
    TopicError: unit(2000),
    TopicNotFound: unit(2001),
    TopicAlreadyExists: unit(2002),
    TopicPendingInitialization: unit(2003),
    TopicInvalidConfiguration: unit(2004),
    TopicNotProvisioned: unit(2005),
    TopicInvalidName: unit(2006),
    TopicDeleted: unit(2007),
    TopicInvalidReplicaType: unit(2008),
    PartitionPendingInitialization: unit(3000),
    PartitionNotLeader: unit(3001),
    FetchSessionNotFoud: unit(3002),
    OffsetFlushRequestError: newtype(3003, string()),
    OffsetManagementDisabled: unit(3004),
    MaxRetryReached: unit(3005),
    ManagedConnectorError: unit(5000),
    ManagedConnectorNotFound: unit(5001),
    ManagedConnectorAlreadyExists: unit(5002),
    SmartModuleError: unit(6000),
    SmartModuleNotFound: fields(6001, { name: string() }),
    SmartModuleInvalid: fields(6002, { error: string(), name: option(string()) }),
    SmartModuleInvalidExports: fields(6003, { error: string(), moduleKind: string() }),
    SmartModuleRuntimeError: newtype(6004, SmartModuleTransformRuntimeError),
    SmartModuleChainInitError: newtype(6005, string()),
    SmartModuleInitError: spread(6006, SmartModuleInitRuntimeError),
    SmartModuleLookBackError: newtype(6007, string()),
    SmartModuleMemoryLimitExceeded: fields(6008, { requested: u64(), max: u64() }),
    TableFormatError: unit(7000),
    TableFormatNotFound: unit(7001),
    TableFormatAlreadyExists: unit(7002),
    DerivedStreamObjectError: unit(8000),
    DerivedStreamNotFound: newtype(8001, string()),
    DerivedStreamJoinFetchError: unit(8002),
    DerivedStreamInvalid: newtype(8003, string()),
    CompressionError: unit(9000),
    DeduplicationSmartModuleNotLoaded: unit(10000),
    DeduplicationSmartModuleNameInvalid: newtype(10001, string()),
    MirrorNotFound: unit(11001),
    MirrorAlreadyExists: unit(11002),
    MirrorProduceFromHome: unit(11003),
    MirrorDeleteFromRemote: unit(11004),
    MirrorInvalidType: unit(11005),
    MirrorProduceFromRemoteNotAllowed: unit(11006),
    SystemSpecDeletionAttempt: fields(12001, { objectKind: string(), name: string() }),
    SystemSpecUpdatingAttempt: fields(12002, { objectKind: string(), name: string() }),
  },
  { tag: "i16", initial: () => ({ kind: "None" }) },
);
export type ErrorCode = Infer<typeof ErrorCode>;

/** The i16 tag of each error code, by name. */
export const errorCodeTags: ReadonlyMap<ErrorCode["kind"], number> = new Map(
  ErrorCode.shape.type === "union"
    ? ErrorCode.shape.variants.map(({ name, tag }) => [name as ErrorCode["kind"], Number(tag)])
    : [],
);
