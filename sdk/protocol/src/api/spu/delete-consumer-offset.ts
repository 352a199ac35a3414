/** DeleteConsumerOffset (SPU 1007). */
import { type Infer, string, struct } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";
import { ReplicaKey } from "../../object/replica-key.ts";

export const DeleteConsumerOffsetRequest = struct("DeleteConsumerOffsetRequest", {
  replicaId: ReplicaKey,
  consumerId: string(),
});
export type DeleteConsumerOffsetRequest = Infer<typeof DeleteConsumerOffsetRequest>;

export const DeleteConsumerOffsetResponse = struct("DeleteConsumerOffsetResponse", { errorCode: ErrorCode });
export type DeleteConsumerOffsetResponse = Infer<typeof DeleteConsumerOffsetResponse>;

export const DeleteConsumerOffsetApi: Api<DeleteConsumerOffsetRequest, DeleteConsumerOffsetResponse> = {
  name: "DeleteConsumerOffset",
  key: 1007,
  minVersion: 23,
  maxVersion: 25,
  request: DeleteConsumerOffsetRequest,
  response: DeleteConsumerOffsetResponse,
  stream: false,
};
