/** List (SC 1003). */
import { bool, type Codec, envelope, type Infer, list, since, string, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import {
  CustomSpuMetadata,
  everyObject,
  MirrorMetadata,
  PartitionMetadata,
  SmartModuleMetadataObject,
  SpuGroupMetadata,
  SpuMetadata,
  TableFormatMetadata,
  TopicMetadata,
} from "../../object/metadata.ts";

const selection = struct("ListRequestContent", {
  nameFilters: list(string()),
  summary: since(10, bool()),
  system: since(13, bool()),
});

/**
 * Objects whose name contains one of `nameFilters` (all without filters); `summary` leaves out the wasm of
 * SmartModules; `system` selects system topics and partitions instead of the others.
 */
export const ListRequest = envelope("ListRequest", everyObject(selection));
export type ListRequest = Infer<typeof ListRequest>;

const found = <T>(type: string, object: Codec<T>) =>
  struct(`ListResponse<${type}>`, { objects: list(object) });

export const ListResponse = envelope("ListResponse", {
  Topic: found("Topic", TopicMetadata),
  SPU: found("SPU", SpuMetadata),
  CustomSpu: found("CustomSpu", CustomSpuMetadata),
  SmartModule: found("SmartModule", SmartModuleMetadataObject),
  Partition: found("Partition", PartitionMetadata),
  SpuGroup: found("SpuGroup", SpuGroupMetadata),
  TableFormat: found("TableFormat", TableFormatMetadata),
  Mirror: found("Mirror", MirrorMetadata),
});
export type ListResponse = Infer<typeof ListResponse>;

export const ListApi: Api<ListRequest, ListResponse> = {
  name: "List",
  key: 1003,
  minVersion: 15,
  maxVersion: 19,
  request: ListRequest,
  response: ListResponse,
  stream: false,
};
