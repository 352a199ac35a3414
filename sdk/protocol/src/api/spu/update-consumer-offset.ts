/** UpdateConsumerOffset (SPU 1006): stores the last processed offset of a stream's consumer. */
import { type Infer, i64, struct, u32 } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";

export const UpdateConsumerOffsetRequest = struct("UpdateConsumerOffsetRequest", {
  offset: i64(),
  sessionId: u32(),
});
export type UpdateConsumerOffsetRequest = Infer<typeof UpdateConsumerOffsetRequest>;

export const UpdateConsumerOffsetResponse = struct("UpdateConsumerOffsetResponse", {
  offset: i64(),
  errorCode: ErrorCode,
});
export type UpdateConsumerOffsetResponse = Infer<typeof UpdateConsumerOffsetResponse>;

export const UpdateConsumerOffsetApi: Api<UpdateConsumerOffsetRequest, UpdateConsumerOffsetResponse> = {
  name: "UpdateConsumerOffset",
  key: 1006,
  minVersion: 23,
  maxVersion: 25,
  request: UpdateConsumerOffsetRequest,
  response: UpdateConsumerOffsetResponse,
  stream: false,
};
