/** Delete (SC 1002). */
import { bool, type Codec, envelope, type Infer, since, string, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";
import { CustomSpuKey } from "../../object/spu.ts";
import { Status } from "./status.ts";

const deletion = <T>(type: string, key: Codec<T>) =>
  struct(`DeleteRequest<${type}>`, { key, force: since(13, bool()) });

/** `force` is needed for system topics. */
export const DeleteRequest = envelope("DeleteRequest", {
  Topic: deletion("Topic", string()),
  CustomSpu: deletion("CustomSpu", CustomSpuKey),
  SmartModule: deletion("SmartModule", string()),
  SpuGroup: deletion("SpuGroup", string()),
  TableFormat: deletion("TableFormat", string()),
  Mirror: deletion("Mirror", string()),
});
export type DeleteRequest = Infer<typeof DeleteRequest>;

export const DeleteApi: Api<DeleteRequest, Status> = {
  name: "Delete",
  key: 1002,
  minVersion: 1,
  maxVersion: 19,
  request: DeleteRequest,
  response: Status,
  stream: false,
};
