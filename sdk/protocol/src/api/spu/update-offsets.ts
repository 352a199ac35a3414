/** UpdateOffsets (SPU 1005): acknowledges what a stream delivered, and thereby asks for more. */
import { type Infer, i64, list, struct, u32 } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";
import type { Api } from "../../frame.ts";

/** `offset` is the next one wanted; `sessionId` is the stream id. */
export const OffsetUpdate = struct("OffsetUpdate", { offset: i64(), sessionId: u32() });
export type OffsetUpdate = Infer<typeof OffsetUpdate>;

export const UpdateOffsetsRequest = struct("UpdateOffsetsRequest", { offsets: list(OffsetUpdate) });
export type UpdateOffsetsRequest = Infer<typeof UpdateOffsetsRequest>;

export const OffsetUpdateStatus = struct("OffsetUpdateStatus", { sessionId: u32(), error: ErrorCode });
export type OffsetUpdateStatus = Infer<typeof OffsetUpdateStatus>;

export const UpdateOffsetsResponse = struct("UpdateOffsetsResponse", { status: list(OffsetUpdateStatus) });
export type UpdateOffsetsResponse = Infer<typeof UpdateOffsetsResponse>;

export const UpdateOffsetsApi: Api<UpdateOffsetsRequest, UpdateOffsetsResponse> = {
  name: "UpdateOffsets",
  key: 1005,
  minVersion: 0,
  maxVersion: 0,
  request: UpdateOffsetsRequest,
  response: UpdateOffsetsResponse,
  stream: false,
};
