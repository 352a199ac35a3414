/** Watch (SC 1004): the state of one object type, then its changes, for as long as the connection lives. */
import { bool, type Codec, envelope, type Infer, i64, list, since, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import {
  CustomSpuMetadata,
  everyObject,
  MirrorMetadata,
  message,
  PartitionMetadata,
  SmartModuleMetadataObject,
  SpuGroupMetadata,
  SpuMetadata,
  TableFormatMetadata,
  TopicMetadata,
} from "../../object/metadata.ts";

const subscription = struct("WatchRequestContent", { epoch: i64(), summary: since(10, bool()) });

/** `epoch` is always 0 and ignored by servers. */
export const WatchRequest = envelope("WatchRequest", everyObject(subscription));
export type WatchRequest = Infer<typeof WatchRequest>;

const news = <T>(type: string, object: Codec<T>) =>
  struct(`MetadataUpdate<${type}>`, {
    epoch: i64(),
    changes: list(message(type, object)),
    all: list(object),
  });

/** A non-empty `all` replaces what the client knows, else `changes` apply. An empty `all` never clears anything. */
export const WatchResponse = envelope("WatchResponse", {
  Topic: news("Topic", TopicMetadata),
  SPU: news("SPU", SpuMetadata),
  CustomSpu: news("CustomSpu", CustomSpuMetadata),
  SmartModule: news("SmartModule", SmartModuleMetadataObject),
  Partition: news("Partition", PartitionMetadata),
  SpuGroup: news("SpuGroup", SpuGroupMetadata),
  TableFormat: news("TableFormat", TableFormatMetadata),
  Mirror: news("Mirror", MirrorMetadata),
});
export type WatchResponse = Infer<typeof WatchResponse>;

export const WatchApi: Api<WatchRequest, WatchResponse> = {
  name: "Watch",
  key: 1004,
  minVersion: 15,
  maxVersion: 19,
  request: WatchRequest,
  response: WatchResponse,
  stream: true,
};
