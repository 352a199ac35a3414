/** An object of the control plane as Watch and List carry it, for every object type. */
import { type Codec, enumOf, type Infer, string, struct } from "../codec/index.ts";
import { MirrorSpec, MirrorStatus } from "./mirror.ts";
import { PartitionSpec, PartitionStatus } from "./partition.ts";
import { SmartModuleSpec, SmartModuleStatus } from "./smartmodule.ts";
import { CustomSpuSpec, SpuSpec, SpuStatus } from "./spu.ts";
import { SpuGroupSpec, SpuGroupStatus } from "./spu-group.ts";
import { TableFormatSpec, TableFormatStatus } from "./table-format.ts";
import { TopicSpec, TopicStatus } from "./topic.ts";

/** Name, what was asked for, and what is. */
export interface Metadata<Spec, Status> {
  name: string;
  spec: Spec;
  status: Status;
}

/** Declares the metadata of one object type. */
export function metadata<Spec, Status>(
  name: string,
  spec: Codec<Spec>,
  status: Codec<Status>,
): Codec<Metadata<Spec, Status>> {
  return struct(`Metadata<${name}>`, { name: string(), spec, status }) as Codec<Metadata<Spec, Status>>;
}

export const MessageType = enumOf("MessageType", { Update: 0, Delete: 1 });
export type MessageType = Infer<typeof MessageType>;

/** One change. A Delete carries the whole content too; only its name matters. */
export interface Message<T> {
  kind: MessageType;
  content: T;
}

/** Declares a change of `content`. */
export function message<T>(name: string, content: Codec<T>): Codec<Message<T>> {
  return struct(`Message<${name}>`, { kind: MessageType, content }) as Codec<Message<T>>;
}

export const TopicMetadata = metadata("Topic", TopicSpec, TopicStatus);
export type TopicMetadata = Infer<typeof TopicMetadata>;
export const PartitionMetadata = metadata("Partition", PartitionSpec, PartitionStatus);
export type PartitionMetadata = Infer<typeof PartitionMetadata>;
export const SpuMetadata = metadata("SPU", SpuSpec, SpuStatus);
export type SpuMetadata = Infer<typeof SpuMetadata>;
export const CustomSpuMetadata = metadata("CustomSpu", CustomSpuSpec, SpuStatus);
export type CustomSpuMetadata = Infer<typeof CustomSpuMetadata>;
export const SpuGroupMetadata = metadata("SpuGroup", SpuGroupSpec, SpuGroupStatus);
export type SpuGroupMetadata = Infer<typeof SpuGroupMetadata>;
export const SmartModuleMetadataObject = metadata("SmartModule", SmartModuleSpec, SmartModuleStatus);
export type SmartModuleMetadataObject = Infer<typeof SmartModuleMetadataObject>;
export const TableFormatMetadata = metadata("TableFormat", TableFormatSpec, TableFormatStatus);
export type TableFormatMetadata = Infer<typeof TableFormatMetadata>;
export const MirrorMetadata = metadata("Mirror", MirrorSpec, MirrorStatus);
export type MirrorMetadata = Infer<typeof MirrorMetadata>;

/** The same content for each of the objects that can be listed and watched, by their labels. */
export const everyObject = <T>(content: T) => ({
  Topic: content,
  SPU: content,
  CustomSpu: content,
  SmartModule: content,
  Partition: content,
  SpuGroup: content,
  TableFormat: content,
  Mirror: content,
});
