/** TypeScript client for Fluvio clusters: admin, producer, consumer, and Fluvio's profile file. */

export { ConsumerAdmin } from "./admin/consumers.ts";
export {
  CustomSpuAdmin,
  type CustomSpuRegistration,
  MirrorAdmin,
  SmartModuleAdmin,
  SpuAdmin,
  SpuGroupAdmin,
  TableFormatAdmin,
} from "./admin/objects.ts";
export type { CallOptions } from "./admin/requests.ts";
export { PartitionAdmin, TopicAdmin, type TopicOptions, topicSpec } from "./admin/topics.ts";
export { type Address, DEFAULT_SC_PORT, formatAddress, parseAddress } from "./config/address.ts";
export {
  type ClusterConfig,
  Config,
  defaultConfigPath,
  loadConfig,
  type ProfileInfo,
} from "./config/config.ts";
export type { TlsCerts, TlsPaths, TlsPolicy } from "./config/tls.ts";
export { ConsumerBatch, ConsumerRecord } from "./consumer/batch.ts";
export type { ConsumerConfig, ConsumerRetry, StartOffset } from "./consumer/config.ts";
export { Consumer } from "./consumer/consumer.ts";
export { ClientError, type ClientErrorCode, type ClientErrorOptions, hasCode } from "./error.ts";
export { errorText } from "./error-text.ts";
export { type Admin, type ConnectOptions, Fluvio } from "./fluvio.ts";
export { Delivery, type RecordMetadata } from "./producer/batch.ts";
export { type Partitioner, type PartitionerView, siphashRoundRobin } from "./producer/partitioner.ts";
export { Producer, type ProducerConfig, type ProducerRecord } from "./producer/producer.ts";
export { DEFAULT_RETRY, type ProduceRetry } from "./producer/retry.ts";
export { keyHash, partitionForKey } from "./producer/siphash.ts";
export type { ClientSettings } from "./settings.ts";
export type { SmartModuleUse } from "./smartmodule.ts";
