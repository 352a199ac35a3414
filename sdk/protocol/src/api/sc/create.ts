/** Create (SC 1001). From version 11 an envelope; below, the common part, a numeric type tag, and the spec. */

import type { FieldShape } from "../../codec/codec.ts";
import { compileFields, readFields, writeFields } from "../../codec/composite.ts";
import { ENVELOPE_LENGTH_SINCE, type EnvelopeValue } from "../../codec/envelope.ts";
import { EncodeError } from "../../codec/error.ts";
import { bool, type Codec, envelope, option, since, string, struct, u32 } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import { MirrorSpec } from "../../object/mirror.ts";
import { SmartModuleSpec } from "../../object/smartmodule.ts";
import { CustomSpuSpec } from "../../object/spu.ts";
import { SpuGroupSpec } from "../../object/spu-group.ts";
import { TableFormatSpec } from "../../object/table-format.ts";
import { TopicSpec } from "../../object/topic.ts";
import { Status } from "./status.ts";

const common = { name: string(), dryRun: bool(), timeout: since(7, option(u32())) };

const creation = <T>(type: string, spec: Codec<T>) => struct(`CreateRequest<${type}>`, { ...common, spec });

const contents = {
  Topic: creation("Topic", TopicSpec),
  CustomSpu: creation("CustomSpu", CustomSpuSpec),
  SmartModule: creation("SmartModule", SmartModuleSpec),
  SpuGroup: creation("SpuGroup", SpuGroupSpec),
  TableFormat: creation("TableFormat", TableFormatSpec),
  Mirror: creation("Mirror", MirrorSpec),
};

const labelled = envelope("CreateRequest", contents);

/** `timeout` in milliseconds. */
export type CreateRequest = EnvelopeValue<typeof contents>;

const commonFields = compileFields(common);

/** Type tags of the form below version 11. */
const classic: ReadonlyMap<number, { type: string; spec: readonly FieldShape[] }> = new Map(
  (
    [
      [0, "Topic", TopicSpec],
      [1, "CustomSpu", CustomSpuSpec],
      [2, "SpuGroup", SpuGroupSpec],
      [4, "SmartModule", SmartModuleSpec],
      [5, "TableFormat", TableFormatSpec],
      [6, "Mirror", MirrorSpec],
    ] as const
  ).map(([tag, type, spec]) => [tag, { type, spec: compileFields({ spec: spec as Codec<unknown> }) }]),
);

export const CreateRequest: Codec<CreateRequest> = {
  shape: labelled.shape,
  initial: labelled.initial,
  write(writer, value, version) {
    if (version >= ENVELOPE_LENGTH_SINCE) {
      labelled.write(writer, value, version);
      return;
    }
    for (const [tag, { type, spec }] of classic) {
      if (type !== value.type) continue;
      const members = value as unknown as Record<string, unknown>;
      writeFields(commonFields, writer, members, version);
      writer.u8(tag);
      writeFields(spec, writer, members, version);
      return;
    }
    throw new EncodeError(`type ${value.type} cannot be created at API version ${version}`);
  },
  read(reader, version) {
    if (version >= ENVELOPE_LENGTH_SINCE) return labelled.read(reader, version);
    const value: Record<string, unknown> = { type: "" };
    readFields(commonFields, reader, value, version);
    const at = reader.offset;
    const tag = reader.u8();
    const content = classic.get(tag);
    if (content === undefined) throw reader.error(`no object type has tag ${tag}`, at);
    value.type = content.type;
    readFields(content.spec, reader, value, version);
    return value as unknown as CreateRequest;
  },
};

export const CreateApi: Api<CreateRequest, Status> = {
  name: "Create",
  key: 1001,
  minVersion: 9,
  maxVersion: 19,
  request: CreateRequest,
  response: Status,
  stream: false,
};
